//! x
use auditward::lane::*;
fn main() -> anyhow::Result<()> {
    let text = std::fs::read("/tmp/gen.jsonl")?;
    let t0 = std::time::Instant::now();
    let compiled = raw::Compiled::new(true)?;
    eprintln!("compile {:?}", t0.elapsed());
    let mut lane = compiled.open(&Setup { is_marking: true, is_metered: true, seed: 7, now_ms: Some(1_800_000_000_000), ..Setup::default() })?;
    eprintln!("open {:?}", t0.elapsed());
    for (n, line) in text.split(|b| *b == b'\n').take(20).enumerate() {
        lane.spent()?;
        let out = lane.process(Input { tag: "x", time_ms: 0, bytes: line })?;
        println!("{n} {} -> {}: {} mem {}", line.len(), out.len(), lane.spent()?, lane.memory());
    }
    let mut c = component::Compiled::new(false)?.open(&Setup { is_marking: true, seed: 7, now_ms: Some(1_800_000_000_000), ..Setup::default() })?;
    println!("{}", c.status().unwrap());
    Ok(())
}
