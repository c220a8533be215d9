// The built-in packs of a build. The build scripts of the core and of the host include this file.

/// Names and folders of the groups in a folder of packs that are features of this build, in the order of their names.
fn groups(packs: &std::path::Path) -> std::io::Result<Vec<(String, std::path::PathBuf)>> {
    let mut groups = Vec::new();
    for group in std::fs::read_dir(packs)? {
        let path = group?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_file() {
            return Err(std::io::Error::other(format!("{name} stands in no group's folder")));
        }
        if std::env::var_os(format!("CARGO_FEATURE_{}", name.to_uppercase())).is_some() {
            groups.push((name, path));
        }
    }
    groups.sort();
    Ok(groups)
}

/// Name and text of each pack of these groups, in the order of their names.
fn packs(folder: &std::path::Path) -> std::io::Result<Vec<(String, String)>> {
    let mut packs = Vec::new();
    for (_, group) in groups(folder)? {
        for file in std::fs::read_dir(group)? {
            let path = file?.path();
            if path.extension().is_some_and(|ending| ending == "toml") {
                let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                packs.push((name, std::fs::read_to_string(path)?));
            }
        }
    }
    packs.sort();
    Ok(packs)
}
