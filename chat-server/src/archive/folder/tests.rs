//! Whose an archive is, when it is whole, and what does not lead anywhere else.

use super::*;
use crate::archive::{ArchiveKind, manifest::Files};

#[tokio::test]
async fn an_archive_is_whole_only_with_its_manifest() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("archive");
    let folder = Folder::begin(&path, "here").unwrap();
    let mut writing = folder.part("users").unwrap();
    folder.write(&mut writing, b"{}\n{}\n").unwrap();
    let part = folder.close(writing).unwrap();

    let early = Folder::open(&path).err().unwrap().to_string();
    let manifest = Manifest::new(ArchiveKind::Installation, vec![part], Files::default());
    folder.finish(&manifest).unwrap();

    assert!(early.contains("not whole"), "{early}");
    let (folder, manifest, _) = Folder::open(&path).unwrap();
    folder.check(&manifest.parts[0]).await.unwrap();
    fs::write(path.join("users.jsonl"), "{}\n[]\n").unwrap();
    let changed = folder.check(&manifest.parts[0]).await.unwrap_err();
    assert!(changed.to_string().contains("another copy"), "{changed}");
    assert_eq!(changed.code(), Code::Invalid);
}

#[test]
fn what_is_no_longer_a_file_of_it_goes_out_of_it() {
    let dir = tempfile::tempdir().unwrap();
    let folder = Folder::begin(dir.path(), "here").unwrap();
    for key in ["ab/kept", "ab/gone", "cd/half.part"] {
        folder.make_room(key).unwrap();
        fs::write(folder.file(key), "text").unwrap();
    }

    folder
        .settle(&BTreeSet::from(["ab/kept".to_owned()]))
        .unwrap();

    let there = ["ab/kept", "ab/gone", "cd/half.part"].map(|key| folder.file(key).exists());
    assert_eq!(there, [true, false, false]);
}

#[cfg(unix)]
#[test]
fn a_name_that_was_planted_leads_nowhere_and_an_open_directory_is_closed() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let dir = tempfile::tempdir().unwrap();
    let (open, theirs) = (dir.path().join("open"), dir.path().join("theirs"));
    fs::create_dir(&open).unwrap();
    fs::set_permissions(&open, fs::Permissions::from_mode(0o755)).unwrap();
    let folder = Folder::begin(&open, "here").unwrap();
    fs::write(&theirs, "").unwrap();
    symlink(&theirs, open.join("users.jsonl")).unwrap();

    let mut writing = folder.part("users").unwrap();
    folder.write(&mut writing, b"{}\n").unwrap();
    folder.close(writing).unwrap();

    assert_eq!(fs::read(&theirs).unwrap(), b"");
    assert_eq!(
        fs::metadata(&open).unwrap().permissions().mode() & 0o777,
        0o700
    );
}

#[cfg(unix)]
#[test]
fn a_directory_of_somebody_else_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    // Only root can give one away; nobody else could write into theirs.
    if std::os::unix::fs::chown(dir.path(), Some(65_534), None).is_err() {
        return;
    }

    let refused = Folder::begin(dir.path(), "here").err().unwrap();

    assert_eq!(refused.code(), Code::Forbidden);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn one_that_was_killed_at_its_first_step_begins_again() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join(FIRST), "he").unwrap();
    assert!(Folder::begin(dir.path(), "here").is_ok());
}

#[test]
fn only_the_same_export_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    Folder::begin(dir.path(), "here").unwrap();

    assert!(Folder::begin(dir.path(), "here").is_ok());
    let other = Folder::begin(dir.path(), "there")
        .err()
        .unwrap()
        .to_string();
    assert!(other.contains("another export"), "{other}");
}

#[test]
fn a_directory_that_will_not_do_is_left_as_it_is() {
    let full = tempfile::tempdir().unwrap();
    for name in ["a", FIRST] {
        fs::write(full.path().join(name), "of somebody").unwrap();
    }

    let refused = Folder::begin(full.path(), "here").err().unwrap();

    assert!(refused.to_string().contains("not empty"), "{refused}");
    let kept = fs::read_to_string(full.path().join(FIRST)).unwrap();
    assert_eq!(kept, "of somebody");
}
