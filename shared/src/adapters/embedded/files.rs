//! Files that only their owner can read, and that appear complete or not at all.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::path::Path;

use super::error::Failure;

/// Creates the folder and its parents. An existing folder keeps its mode.
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
    // Recursive, because then a concurrent creation by another process is not an error.
    builder.recursive(true).create(path)
}

/// Options for a file that only the owner can read. SQLite gives its journals the mode of the database.
pub(super) fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Makes a rename durable, which is a change of the folder.
pub(super) fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(path)?.sync_all() } else { Ok(()) }
}

/// Removes the permissions of other users. Returns true if there were any.
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

/// Takes the lock file at `path`, waiting for other processes. Dropping the file releases the lock.
pub(super) fn lock(path: &Path) -> Result<File, Failure> {
    let file = private().create(true).append(true).open(path).map_err(Failure::file(path))?;
    file.lock().map_err(Failure::file(path))?;
    Ok(file)
}
