//! The app is built by node (`make page`). Without it the folder is empty, and the page says how to fill it.

fn main() -> std::io::Result<()> {
    std::fs::create_dir_all("dist")?;
    println!("cargo::rerun-if-changed=dist");
    Ok(())
}
