//! Who can read what is made, and what becomes of what was there.

use super::*;

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[cfg(unix)]
#[test]
fn only_the_owner_reads_what_is_made() {
    let dir = tempfile::tempdir().unwrap();
    let (inner, below) = (dir.path().join("a"), dir.path().join("a/b"));

    make_directory(&below).unwrap();
    file(&below.join("new")).unwrap();
    make_file(&below.join("made")).unwrap();

    assert_eq!([mode(&inner), mode(&below)], [0o700; 2]);
    let files = ["new", "made"].map(|name| mode(&below.join(name)));
    assert_eq!(files, [0o600; 2]);
}

#[cfg(unix)]
#[test]
fn a_new_file_is_not_where_a_link_leads_nor_as_open_as_the_old_one() {
    use std::{
        io::Write,
        os::unix::fs::{PermissionsExt, symlink},
    };
    let dir = tempfile::tempdir().unwrap();
    let [theirs, link, open] = ["theirs", "link", "open"].map(|name| dir.path().join(name));
    for path in [&theirs, &open] {
        fs::write(path, "as it was").unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
    }
    symlink(&theirs, &link).unwrap();

    for path in [&link, &open] {
        file(path).unwrap().write_all(b"new").unwrap();
    }

    assert_eq!(fs::read(&theirs).unwrap(), b"as it was");
    assert_eq!((mode(&link), mode(&open)), (0o600, 0o600));
    assert_eq!(fs::read(&open).unwrap(), b"new");
}

#[test]
fn a_file_that_is_there_stays() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("chat.db");
    fs::write(&path, "as it was").unwrap();

    make_file(&path).unwrap();

    assert_eq!(fs::read(&path).unwrap(), b"as it was");
}
