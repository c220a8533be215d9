//! The command line.

fn main() -> std::process::ExitCode {
    auditward::command::main()
}
