//! Files that come to this machine: into what is there, and never over it unasked.

use super::house::{House, text_of};
use chat_tests::{Ended, Process};
use std::{
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt, symlink},
    path::PathBuf,
};

const NOTES: &[u8] = b"first line\nsecond line\n";

/// A house, and the id of a file that ann has sent to ben.
async fn with_a_file() -> (House, String) {
    let house = House::open().await;
    fs::write(house.home.path().join("notes.txt"), NOTES).unwrap();
    let send = ["message", "send", "@ben", "--file", "notes.txt"];
    let sent = house.ann(&send).await;
    let id = text_of(&sent[0]["attachments"][0], "id");
    fs::remove_file(house.home.path().join("notes.txt")).unwrap();
    (house, id)
}

fn at(house: &House, name: &str) -> PathBuf {
    house.home.path().join(name)
}

async fn fetch(house: &House, id: &str, more: &[&str]) -> Ended {
    let words = ["attachment", "get", id, "--to"];
    house.run("ben", &[&words[..], more].concat()).await
}

#[tokio::test]
async fn a_file_that_is_there_is_written_over_when_its_name_is_said_and_keeps_its_mode() {
    let (house, id) = with_a_file().await;
    let real = at(&house, "real.txt");
    fs::write(&real, "mine").unwrap();
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();

    let refused = fetch(&house, &id, &["real.txt"]).await;
    let rehearsed = fetch(&house, &id, &["real.txt", "--dry-run"]).await;

    assert!(refused.failed(2).contains("--confirm \"real.txt\""));
    assert!(rehearsed.stderr.contains("write real.txt"), "{rehearsed:?}");
    assert_eq!(fs::read(&real).unwrap(), b"mine");
    let said = ["real.txt", "--confirm", "real.txt"];
    fetch(&house, &id, &said).await.ok();
    assert_eq!(fs::read(&real).unwrap(), NOTES);
    assert_eq!(fs::metadata(&real).unwrap().mode() & 0o777, 0o640);
}

#[tokio::test]
async fn a_link_is_followed_and_a_directory_takes_the_file_by_its_own_name() {
    let (house, id) = with_a_file().await;
    fs::create_dir(at(&house, "there")).unwrap();
    symlink("there/new.txt", at(&house, "link")).unwrap();

    fetch(&house, &id, &["link"]).await.ok();
    fetch(&house, &id, &["there"]).await.ok();

    assert!(
        fs::symlink_metadata(at(&house, "link"))
            .unwrap()
            .is_symlink()
    );
    for name in ["there/new.txt", "there/notes.txt"] {
        assert_eq!(fs::read(at(&house, name)).unwrap(), NOTES, "{name}");
    }
    let again = fetch(&house, &id, &["there"]).await;
    assert!(again.failed(2).contains("there/notes.txt"));
    let nowhere = fetch(&house, &id, &["no/such/x"]).await;
    assert!(nowhere.failed(2).contains("there is no directory no/such"));
}

#[tokio::test]
async fn a_pipe_with_a_name_is_written_through_and_stays_one() {
    let (house, id) = with_a_file().await;
    let mut make = house.home.command("mkfifo");
    Process::start(make.arg("pipe")).ended().await.ok();
    let mut read = house.home.command("cat");
    let reader = Process::start(read.arg("pipe"));

    fetch(&house, &id, &["pipe"]).await.ok();

    assert_eq!(reader.ended().await.ok().as_bytes(), NOTES);
    use std::os::unix::fs::FileTypeExt;
    let about = fs::metadata(at(&house, "pipe")).unwrap();
    assert!(about.file_type().is_fifo());
}
