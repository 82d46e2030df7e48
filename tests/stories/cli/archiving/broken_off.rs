//! Exports and imports that are broken off: by a signal, by who reads their output, at any table. They go on, and in the
//! end it is the same as if nothing had happened.

use super::{assert_same, contents, export, file, import, talkative};
use chat_core::Username;
use chat_server::{
    Archive, Carrying, Config, Error, read_archive, write_archive, write_archive_of,
};
use chat_tests::{Home, Process, until};
use rustix::process::Signal;
use std::{path::Path, process::Stdio};
use tokio::sync::oneshot;

fn config(database: &str) -> Config {
    Config {
        database: database.to_owned(),
        ..Config::default()
    }
}

/// Does something until it says that it is at a table, and lets go of it there.
async fn until_at(
    table: &'static str,
    work: impl AsyncFnOnce(&mut (dyn FnMut(Carrying) + Send)) -> Result<Archive, Error>,
) {
    let (stop, stopped) = oneshot::channel();
    let mut stop = Some(stop);
    let mut progress = |at: Carrying| {
        if at.table == table {
            stop.take().map(|stop| stop.send(()));
        }
    };
    tokio::select! {
        biased;
        _ = stopped => {}
        done = work(&mut progress) => panic!("it came to its end: {done:?}"),
    }
}

#[tokio::test]
async fn an_export_goes_on_wherever_it_was_broken_off() {
    let home = Home::new();
    let database = file(&home, "chat.db");
    super::fill(&home, &database).await;
    let (config, to) = (config(&database), home.path().join("broken"));

    for table in ["users", "messages", "files"] {
        until_at(table, async |progress| {
            write_archive(&config, &to, progress).await
        })
        .await;
        let early = home.run(&["import", "--check", "broken"]).await;
        assert!(early.failed(6).contains("not whole"), "{early:?}");
    }
    export(&home, &database, "broken").await;
    export(&home, &database, "whole").await;

    assert_same(&home, "broken", "whole");
}

#[tokio::test]
async fn an_export_of_one_person_goes_on_wherever_it_was_broken_off() {
    let home = Home::new();
    // Its files are beside it, for whoever opens it.
    let database = file(&home, "chat.db");
    super::fill(&home, &database).await;
    let (config, to) = (config(&database), home.path().join("broken"));
    let ben = Username::parse("ben").expect("it is a name");

    until_at("person", async |progress| {
        write_archive_of(&config, &ben, &to, progress).await
    })
    .await;
    let early = home.run(&["import", "--check", "broken"]).await;
    assert!(early.failed(6).contains("not whole"), "{early:?}");
    for to in ["broken", "whole"] {
        let words = ["export", "--user", "ben", "--database", &database, to];
        home.run(&words).await.ok();
    }

    let all = ["broken", "whole"].map(|name| contents(&home.path().join(name)));
    assert_eq!(all[0], all[1]);
}

#[tokio::test]
async fn an_import_goes_on_wherever_it_was_broken_off_and_is_not_served_before() {
    let home = Home::new();
    let database = talkative(&home).await;
    export(&home, &database, "archive").await;
    let (there, from) = (file(&home, "new.db"), home.path().join("archive"));
    let config = config(&there);

    for table in ["users", "messages", "reactions", "files"] {
        until_at(table, async |progress| {
            read_archive(&config, &from, progress).await
        })
        .await;
        let words = ["serve", "--listen", "127.0.0.1:0", "--database", &there];
        let served = home.run(&words).await;
        assert_eq!(served.code, Some(1), "{served:?}");
        assert!(served.stderr.contains("half migrated"), "{served:?}");
        let doctor = ["doctor", "--listen", "127.0.0.1:0", "--database", &there];
        let told = home.run(&doctor).await;
        assert!(told.stdout.contains("only a part"), "{told:?}");
    }
    import(&home, "archive", &there).await;
    export(&home, &there, "again").await;

    assert_same(&home, "archive", "again");
}

/// Waits until one of these files is there: of what is quick, only the last one may ever be seen.
async fn appears(paths: &[&Path]) {
    let there = async || {
        let is_there = paths.iter().any(|path| path.exists());
        is_there.then_some(()).ok_or_else(|| "nothing".to_owned())
    };
    until("it has begun", there).await;
}

#[tokio::test]
async fn a_signal_at_some_moment_leaves_what_the_same_command_ends() {
    let home = Home::new();
    let database = talkative(&home).await;
    let there = file(&home, "new.db");
    let (begins, whole) = (
        home.path().join("archive/unfinished"),
        home.path().join("archive/manifest.json"),
    );

    let words = ["export", "--database", &database, "archive"];
    let begun = Process::start(&mut home.chat(&words));
    appears(&[&begins, &whole]).await;
    begun.signal(Signal::INT);
    let ended = begun.ended().await;
    // Either of them may be quicker.
    assert!(ended.code == Some(130) || whole.exists(), "{ended:?}");
    if !whole.exists() {
        home.run(&words).await.ok();
    }
    let words = ["import", "--database", &there, "archive"];
    let begun = Process::start(&mut home.chat(&words));
    appears(&[&home.path().join("new.db")]).await;
    begun.kill().await;
    let ended = home.run(&words).await;
    assert!(
        ended.code == Some(0) || ended.stderr.contains("not empty"),
        "{ended:?}"
    );
    export(&home, &there, "again").await;

    assert_same(&home, "archive", "again");
}

#[tokio::test]
async fn who_stops_reading_what_it_says_does_not_stop_it() {
    let home = Home::new();
    let database = talkative(&home).await;
    let words = ["export", "--database", &database, "archive"];
    let mut command = home.chat(&words);

    let ended = Process::start(command.stdin(Stdio::null()))
        .stop_reading()
        .await;

    assert_eq!(ended.code, Some(0), "{ended:?}");
    // No bar where nobody looks, either.
    assert!(!ended.stderr.contains(['\r', '\u{1b}']), "{ended:?}");
    home.run(&["import", "--check", "archive"]).await.ok();
}

#[tokio::test]
async fn what_was_deleted_since_an_export_was_broken_off_is_not_in_it() {
    let home = Home::new();
    let database = file(&home, "chat.db");
    super::create_in(&home, &database).await;
    let (served, door) = super::serve(&home, &database).await;
    let ann = super::sign_in(&door, "ann", chat_tests::sdk::PASSWORD).await;
    let first = ann.file("a.txt", "gone").await;
    for name in ["b.txt", "c.txt"] {
        ann.file(name, name).await;
    }
    let (config, to) = (config(&database), home.path().join("broken"));
    until_at("files", async |progress| {
        write_archive(&config, &to, progress).await
    })
    .await;
    ann.delete(&format!("/attachments/{}", first.id)).await.ok();
    std::fs::create_dir_all(to.join("files/attachments")).unwrap();
    std::fs::write(to.join("files/attachments/half.part"), "gone").unwrap();

    export(&home, &database, "broken").await;
    export(&home, &database, "whole").await;

    assert_same(&home, "broken", "whole");
    served.process.terminate().await.ok();
}

/// Deletes a message through the command line, from within a step of an export, and its file where it is kept.
fn delete_now(home: &Home, message: &str, kept: &Path) {
    let ended = home
        .chat(&["message", "delete", message])
        .as_std_mut()
        .status();
    assert!(ended.unwrap().success());
    // The server may have been quicker.
    let _ = std::fs::remove_file(kept);
}

#[tokio::test]
async fn a_file_that_is_deleted_meanwhile_is_not_missing_and_one_that_is_lost_is() {
    let home = Home::new();
    let database = file(&home, "chat.db");
    super::create_in(&home, &database).await;
    let server = home.serve_on(&database, "127.0.0.1:0", &[]).await;
    super::super::login(&home, &server, "ann").await;
    std::fs::write(home.path().join("a.txt"), "text").unwrap();
    let create = ["conversation", "create", "--title", "Files"];
    home.run(&create).await.ok();
    let send = ["message", "send", "Files", "--file", "a.txt"];
    let [lost, gone] = [home.run(&send).await.json(), home.run(&send).await.json()];
    let kept = |sent: &[serde_json::Value]| {
        let id = sent[0]["attachments"][0]["id"].as_str().unwrap();
        home.path().join("chat.db.media/attachments").join(id)
    };
    std::fs::remove_file(kept(&lost)).unwrap();
    let mut message = gone[0]["id"].as_str();
    let mut at_first = |_: Carrying| {
        if let Some(message) = message.take() {
            delete_now(&home, message, &kept(&gone));
        }
    };

    let to = home.path().join("archive");
    let archive = write_archive(&config(&database), &to, &mut at_first).await;

    assert_eq!(archive.unwrap().missing, 1);
    let again = home
        .run(&["export", "--database", &database, "again"])
        .await;
    assert!(
        again.code == Some(5) && again.stderr.contains("1 files"),
        "{again:?}"
    );
    server.process.terminate().await.ok();
}
