//! Files that only their owner may read, and that appear whole or not at all.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::path::Path;

use super::error::Failure;

/// Makes the folder and those above it. One that exists keeps the mode that its owner gave it.
pub(super) fn create_private_folder(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    // Recursive so that losing a race against another process is not an error.
    builder.recursive(true).create(path)
}

/// For a file that nobody but the owner may read; SQLite gives its journals the mode of its database.
pub(super) fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Makes a rename durable: it is the folder that changed.
pub(super) fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(path)?.sync_all() } else { Ok(()) }
}

/// Takes back whatever others were allowed. True when there was something to take back.
pub(super) fn make_private(path: &Path) -> io::Result<bool> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mut permissions = fs::metadata(path)?.permissions();
        if permissions.mode() & 0o077 != 0 {
            permissions.set_mode(0o600);
            fs::set_permissions(path, permissions)?;
            return Ok(true);
        }
    }
    Ok(false)
}

/// Waits until no other process is between taking and dropping a turn at `path`.
pub(super) fn take_turn(path: &Path) -> Result<File, Failure> {
    let file = private().create(true).append(true).open(path).map_err(Failure::file(path))?;
    file.lock().map_err(Failure::file(path))?;
    Ok(file)
}
