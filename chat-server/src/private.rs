//! Files and directories that only their owner can read, on systems that know owners. What is made here is never open to
//! others, not even for the moment in which it is made.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io,
    path::Path,
};

/// A new file, in place of one that is there, or of a link that leads elsewhere.
pub(crate) fn file(path: &Path) -> io::Result<File> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    for_its_owner(OpenOptions::new().write(true).create_new(true)).open(path)
}

/// Makes a file where there is none; one that is there stays as it is.
pub(crate) fn make_file(path: &Path) -> io::Result<()> {
    for_its_owner(OpenOptions::new().append(true).create(true))
        .open(path)
        .map(drop)
}

fn for_its_owner(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

/// Makes a directory and those above it, where they are not there.
pub(crate) fn make_directory(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

#[cfg(test)]
mod tests;
