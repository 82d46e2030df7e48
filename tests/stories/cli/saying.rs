//! Messages, files and reports from a shell: what is said, what can be done with it, and who sees that.

use super::house::{House, text_of};
use chat_tests::until;
use serde_json::json;

/// A picture of one dot.
const GIF: &[u8] = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x00\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;";

impl House {
    /// Writes a file into the home.
    fn file(&self, name: &str, content: &[u8]) -> String {
        let path = self.home.path().join(name);
        std::fs::write(&path, content).expect("it is writable");
        path.display().to_string()
    }
}

#[tokio::test]
async fn an_answer_names_what_it_answers_and_whom_it_means() {
    let house = House::open().await;
    house.group("Climbing").await;
    let question = house.say("Climbing", "when?").await;

    let words = [
        "message",
        "send",
        "Climbing",
        "at seven",
        "--reply-to",
        &question,
        "--mention",
        "ann",
    ];
    let answer = house.ben(&words).await;
    let listed = house.ann(&["conversation", "show", "Climbing"]).await;

    assert_eq!(answer[0]["reply_to"]["excerpt"], "when?");
    assert_eq!(answer[0]["mentions"].as_array().map(Vec::len), Some(1));
    assert_eq!(listed[0]["my"]["mention_count"], 1);
}

#[tokio::test]
async fn a_message_is_edited_and_deleted_and_its_texts_stay_to_be_seen() {
    let house = House::open().await;
    let message = house.say("@ben", "at sevn").await;

    let edited = house.ann(&["message", "edit", &message, "at seven"]).await;
    let texts = house.ben(&["message", "history", &message]).await;
    let table = house
        .run("ben", &["message", "list", "@ann", "-o", "table"])
        .await
        .ok();
    let refused = house
        .run("ben", &["message", "edit", &message, "at eight"])
        .await;
    house.ann(&["message", "delete", &message]).await;
    let gone = house
        .run("ben", &["message", "list", "@ann", "-o", "table"])
        .await
        .ok();

    assert_eq!(edited[0]["content"], "at seven");
    assert_eq!(
        (&texts[0]["content"], &texts[1]["content"]),
        (&json!("at sevn"), &json!("at seven"))
    );
    assert!(table.contains("at seven (edited)"), "{table}");
    assert_eq!(refused.code, Some(4), "{refused:?}");
    assert!(
        gone.contains("ann: (deleted)") && !gone.contains("seven"),
        "{gone}"
    );
}

#[tokio::test]
async fn emoji_and_pins_come_and_go() {
    let house = House::open().await;
    let message = house.say("@ben", "at seven").await;

    house
        .run("ben", &["message", "react", &message, "👍"])
        .await
        .ok();
    house.run("ben", &["message", "pin", &message]).await.ok();
    let table = house
        .run("ann", &["message", "list", "@ben", "-o", "table"])
        .await
        .ok();
    let pinned = house.ann(&["message", "list", "@ben", "--pinned"]).await;
    house
        .run("ben", &["message", "unreact", &message, "👍"])
        .await
        .ok();
    house.run("ben", &["message", "unpin", &message]).await.ok();
    let after = house.ann(&["message", "list", "@ben"]).await;
    let bad = house
        .run("ben", &["message", "react", &message, "yes"])
        .await;

    assert!(table.contains("at seven 👍 1"), "{table}");
    assert_eq!((pinned.len(), &pinned[0]["id"]), (1, &json!(message)));
    assert!(
        after[0].get("reactions").is_none() && after[0].get("pinned_at").is_none(),
        "{after:?}"
    );
    assert!(
        bad.code == Some(2) && bad.stderr.contains("must be one emoji"),
        "{bad:?}"
    );
}

#[tokio::test]
async fn a_message_is_said_again_elsewhere_and_says_where_it_comes_from() {
    let house = House::open().await;
    house.group("Climbing").await;
    let message = house.say("@ben", "the gate is open").await;

    let said = house
        .ben(&["message", "forward", &message, "Climbing", "@ann"])
        .await;

    assert_eq!(said.len(), 2);
    assert_eq!(said[0]["forwarded_from"]["display_name"], "ann");
    assert_eq!(said[0]["content"], "the gate is open");
}

#[tokio::test]
async fn messages_are_found_by_words_place_and_sender() {
    let house = House::open().await;
    house.group("Climbing").await;
    let rope = house.say("Climbing", "bring the red rope").await;
    house.say("@ben", "the rope is wet").await;
    // Messages come into the index a moment after they are sent.
    let all = until("both are in the index", async || {
        let found = house.ben(&["message", "search", "rope"]).await;
        match found.len() {
            2 => Ok(found),
            _ => Err(format!("{found:?}")),
        }
    })
    .await;

    let here = house
        .run(
            "ben",
            &["message", "search", "rope", "--in", "Climbing", "-o", "ids"],
        )
        .await;
    let of_ben = house
        .ann(&["message", "search", "rope", "--from", "ben"])
        .await;
    let old = house
        .ann(&["message", "search", "rope", "--before", "2020-01-01"])
        .await;

    let anything = house.ben(&["message", "search", "--from", "ann"]).await;
    let nothing = house.run("ben", &["message", "search"]).await;

    assert_eq!((all.len(), of_ben.len(), old.len()), (2, 0, 0));
    assert_eq!(anything.len(), 2, "{anything:?}");
    assert_eq!(nothing.code, Some(2), "{nothing:?}");
    assert_eq!(here.ok(), format!("{rope}\n"));
}

#[tokio::test]
async fn who_has_read_a_message_is_listed() {
    let house = House::open().await;
    let message = house.say("@ben", "at seven").await;

    let receipts = house.ann(&["message", "receipts", &message]).await;

    assert_eq!(
        (receipts.len(), &receipts[0]["user"]["username"]),
        (1, &json!("ben"))
    );
    assert_eq!(receipts[0]["read"], false);
}

#[tokio::test]
async fn files_go_with_a_message_and_come_back_as_they_were() {
    let house = House::open().await;
    let notes = b"first line\nsecond line\n";
    let (dot, text) = (house.file("dot.gif", GIF), house.file("notes.txt", notes));

    let sent = house
        .ann(&["message", "send", "@ben", "--file", &dot, "--file", &text])
        .await;
    let id = text_of(&sent[0]["attachments"][1], "id");
    let info = house.ben(&["attachment", "info", &id]).await;
    let piped = house.run("ben", &["attachment", "get", &id]).await.ok();
    let to = house.home.path().join("back.txt").display().to_string();
    house
        .run("ben", &["attachment", "get", &id, "--to", &to])
        .await
        .ok();
    let link = house
        .ben(&["attachment", "link", &id, "--for", "10m"])
        .await;

    assert_eq!(
        (&info[0]["file_name"], &info[0]["size"]),
        (&json!("notes.txt"), &json!(23))
    );
    assert_eq!(std::fs::read(to).expect("it was written"), notes);
    assert_eq!(piped.as_bytes(), notes);
    assert!(
        text_of(&link[0], "url").starts_with(&house.server.url()),
        "{link:?}"
    );
}

#[tokio::test]
async fn what_cannot_be_sent_is_refused_before_anything_is_said() {
    let house = House::open().await;
    let dot = house.file("dot.gif", GIF);

    let missing = house
        .run(
            "ann",
            &["message", "send", "@ben", "look", "--file", "nothing.png"],
        )
        .await;
    let eleven = ["--file", &dot].repeat(11);
    let many = house
        .run(
            "ann",
            &[&["message", "send", "@ben", "look"], &eleven[..]].concat(),
        )
        .await;
    let folder = house
        .run("ann", &["message", "send", "@ben", "look", "--file", "tmp"])
        .await;

    assert!(
        missing.failed(1).contains("cannot read nothing.png"),
        "{missing:?}"
    );
    assert!(many.failed(2).contains("at most ten files"), "{many:?}");
    assert!(folder.failed(2).contains("tmp is no file"), "{folder:?}");
    assert_eq!(
        house.run("ann", &["message", "list", "@ben"]).await.ok(),
        ""
    );
}

#[tokio::test]
async fn a_reported_message_is_decided_by_who_looks_after_the_server() {
    let house = House::open().await;
    let sent = house.ben(&["message", "send", "@ann", "buy shoes"]).await;
    let message = text_of(&sent[0], "id");

    let reported = house
        .ann(&["message", "report", &message, "sells shoes"])
        .await;
    let report = text_of(&reported[0], "report_id");
    let open = house
        .run("ann", &["report", "list", "-o", "table"])
        .await
        .ok();
    let shown = house.ann(&["report", "show", &report]).await;
    let decided = house
        .ann(&[
            "report", "decide", &report, "resolved", "--note", "told him",
        ])
        .await;
    let refused = house.run("ben", &["report", "list"]).await;

    assert!(
        open.contains("sells shoes") && open.contains("ben"),
        "{open}"
    );
    assert_eq!(shown[0]["message"]["content"], "buy shoes");
    assert_eq!(
        (&decided[0]["state"], &decided[0]["note"]),
        (&json!("resolved"), &json!("told him"))
    );
    assert_eq!(refused.code, Some(4), "{refused:?}");
    assert_eq!(house.run("ann", &["report", "list"]).await.ok(), "");
}

#[tokio::test]
async fn what_is_no_message_can_be_sent_as_a_file() {
    let house = House::open().await;
    let sound = house.file("bytes.bin", b"\xff\x00\xfe");
    let long = "a".repeat(4_001);

    let bytes = ["message", "send", "@ben", "--text-file", &sound];
    let words = ["message", "send", "@ben", "-", "--as", "ann"];

    for refused in [
        house.run("ann", &bytes).await,
        house.run("ann", &["message", "send", "@ben", &long]).await,
        house.home.run_with(&words, &long).await,
    ] {
        let said = refused.failed(2);
        assert!(said.contains("--file FILE"), "{said}");
    }
    assert!(house.ann(&["conversation", "list"]).await.is_empty());
}
