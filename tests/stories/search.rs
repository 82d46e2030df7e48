//! Search: words of all scripts, ranked, in one's own conversations only; what is deleted is not found any more.

mod gone;
mod pages;
mod scale;

use chat_core::{ConversationId, Message};
use chat_tests::{Answer, Person, Server, unknown_id, until};
use serde_json::Value;
use url::form_urlencoded::Serializer;

/// A question over HTTP.
async fn ask(person: &Person, query: &[(&str, &str)]) -> Answer {
    let query = Serializer::new(String::new()).extend_pairs(query).finish();
    let path = format!("/search?{query}");
    // It has two seconds; where a machine stands still for longer, one asks again.
    until("there is time to search", async || {
        match person.get(&path).await {
            answer if answer.status == 503 => Err(format!("{answer:?}")),
            answer => Ok(answer),
        }
    })
    .await
}

/// The texts that were found, the best first.
async fn found(person: &Person, query: &[(&str, &str)]) -> Vec<String> {
    texts(&ask(person, query).await.ok())
}

fn texts(page: &Value) -> Vec<String> {
    let items = page["items"].as_array().unwrap();
    let text = |hit: &Value| hit["message"]["content"].as_str().unwrap().to_owned();
    items.iter().map(text).collect()
}

/// Each stretch that was marked in a hit, as its text.
fn marked(hit: &Value) -> Vec<String> {
    let content: Vec<_> = hit["message"]["content"]
        .as_str()
        .unwrap()
        .chars()
        .collect();
    let place = |end: &Value| usize::try_from(end.as_u64().unwrap()).unwrap();
    let stretches = hit["highlights"].as_array().unwrap().iter();
    stretches
        .map(|h| {
            content[place(&h["start"])..place(&h["end"])]
                .iter()
                .collect()
        })
        .collect()
}

/// Waits until everything said here so far can be found: logs go into the index in their order.
async fn indexed(person: &Person, id: ConversationId) {
    let word = unknown_id().simple().to_string();
    let last = person.say(id, &word).await;
    until("what was said is found", async || {
        match found(person, &[("q", &word)]).await.as_slice() {
            [] => Err("nothing yet".to_owned()),
            _ => Ok(()),
        }
    })
    .await;
    person.unsay(last.id).await.ok();
}

/// Says things, one after another, and waits until they can be found.
async fn say_all(person: &Person, id: ConversationId, texts: &[&str]) -> Vec<Message> {
    let mut said = Vec::with_capacity(texts.len());
    for text in texts {
        said.push(person.say(id, text).await);
    }
    indexed(person, id).await;
    said
}

/// A text, what is asked for, and what is marked.
const SCRIPTS: &[(&str, &str, &[&str])] = &[
    ("Meet at the Café Zürich!", "CAFE", &["Café"]),
    ("Die Straße ist lang", "strasse", &["Straße"]),
    ("Привет, Ёлка стоит", "елка", &["Ёлка"]),
    ("Καλημέρα Οδυσσεύς", "ΟΔΥΣΣΕΎΣ", &["Οδυσσεύς"]),
    ("مرحباً بالعالم", "مرحبا", &["مرحباً"]),
    ("שָׁלוֹם לכולם", "שלום", &["שָׁלוֹם"]),
    ("我们明天在北京见面", "北京", &["北京"]),
    ("東京タワーへ行きます", "タワー", &["タワー"]),
    ("우리는 학교에서 만나요", "학교", &["학교"]),
    ("ฉันกินข้าวแล้ว", "กินข้าว", &["กินข้าว"]),
    ("नमस्ते दुनिया", "दुनिया", &["दुनिया"]),
    ("party🎉tonight", "🎉", &["🎉"]),
    ("one🎈fine👍🏽evening", "evening", &["evening"]),
];

#[tokio::test]
async fn words_of_every_script_are_found_and_marked() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[&bob]).await;
    let said: Vec<_> = SCRIPTS.iter().map(|(text, ..)| *text).collect();
    say_all(&ann, group, &said).await;

    for (text, asked, marks) in SCRIPTS {
        let page = ask(&bob, &[("q", asked)]).await.ok();

        assert_eq!(texts(&page), [*text], "{asked}");
        assert_eq!(marked(&page["items"][0]), *marks, "{asked}");
    }
}

#[tokio::test]
async fn all_words_must_be_there_quoted_ones_in_a_row_and_the_last_may_be_unfinished() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let group = ann.group(&[]).await;
    let (blue, red, both) = ("a blue house", "the red houses", "house, blue and red");
    say_all(&ann, group, &[blue, red, both]).await;
    let sorted = async |q: &str| {
        let mut found = found(&ann, &[("q", q)]).await;
        found.sort();
        found
    };

    assert_eq!(sorted("blue house").await, [blue, both]);
    assert_eq!(sorted("\"blue house\"").await, [blue]);
    assert_eq!(sorted("hous").await, [blue, both, red]);
    assert_eq!(sorted("hous red").await, Vec::<String>::new());
    assert_eq!(sorted("\"the red hou").await, [red]);
    assert_eq!(sorted("\"the red hou\"").await, Vec::<String>::new());
}

#[tokio::test]
async fn a_question_is_text_whatever_it_looks_like() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let group = ann.group(&[]).await;
    let text = "near words or not and more: x";
    say_all(&ann, group, &[text]).await;

    for (asked, is_found) in [
        ("near(words or)", true),
        ("NOT more", true),
        ("words -not", true),
        ("words:x", false),
        ("wor*", true),
        ("^near + more", true),
        ("\"near words\" OR \"x", true),
        ("x\" OR \"y", false),
        ("words'); drop table search; --", false),
        ("{words} : near \\", true),
    ] {
        let found = found(&ann, &[("q", asked)]).await;
        assert_eq!(!found.is_empty(), is_found, "{asked}");
    }
    assert_eq!(found(&ann, &[("q", "near")]).await, [text]);
}

#[tokio::test]
async fn a_question_without_words_or_with_too_many_is_told_what_to_do() {
    let server = Server::start().await;
    let ann = server.person("ann").await;

    for (name, value) in [
        ("q", "\"*\" -"),
        ("q", "a b c d e f g h i"),
        ("q", " "),
        ("q", &"x".repeat(201)),
        ("cursor", "nonsense"),
        ("before", "soon"),
        ("conversation_id", "x"),
    ] {
        let query = [("q", "x"), (name, value)];
        let answer = ask(&ann, &query[usize::from(name == "q")..]).await;
        assert_eq!(answer.problem(), (422, "invalid"), "{name} {value}");
        assert_eq!(answer.fields(), [name], "{name} {value}");
    }
    assert_eq!(ask(&ann, &[]).await.fields(), ["q"]);
    assert_eq!(
        server.get("/search?q=x").await.problem(),
        (401, "unauthenticated")
    );
}

#[tokio::test]
async fn every_device_finds_the_same_and_so_does_every_member() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[&bob]).await;
    say_all(&ann, group, &["green tea", "black tea"]).await;
    let phone = server.another_device(&bob).await;

    let seen = ask(&ann, &[("q", "green te")]).await.ok();

    assert_eq!(texts(&seen), ["green tea"]);
    assert_eq!(seen["items"][0]["message"]["sender"]["username"], "ann");
    for who in [&bob, &phone] {
        assert_eq!(ask(who, &[("q", "green te")]).await.ok(), seen);
    }
}

#[tokio::test]
async fn only_ones_own_conversations_are_looked_through() {
    let server = Server::start().await;
    let [ann, bob, eve] = server.people(["ann", "bob", "eve"]).await;
    let [one, two] = [ann.group(&[&bob]).await, ann.group(&[]).await];
    say_all(&ann, one, &["secret for two"]).await;
    say_all(&ann, two, &["secret for one"]).await;
    let here = one.to_string();

    let mut all = found(&ann, &[("q", "secret")]).await;
    all.sort();

    assert_eq!(all, ["secret for one", "secret for two"]);
    let in_one = [("q", "secret"), ("conversation_id", here.as_str())];
    assert_eq!(found(&ann, &in_one).await, ["secret for two"]);
    assert_eq!(found(&bob, &[("q", "secret")]).await, ["secret for two"]);
    assert_eq!(found(&eve, &[("q", "secret")]).await, Vec::<String>::new());
    let strange = unknown_id().to_string();
    for (who, id) in [(&eve, &here), (&ann, &strange)] {
        let answer = ask(who, &[("q", "secret"), ("conversation_id", id)]).await;
        assert_eq!(answer.problem(), (404, "not_found"));
    }
}

#[tokio::test]
async fn the_name_of_a_conversation_in_the_index_is_no_word() {
    let server = Server::start().await;
    let [ann, eve] = server.people(["ann", "eve"]).await;
    let group = ann.group(&[]).await;
    say_all(&ann, group, &["hidden"]).await;
    let other = eve.group(&[]).await;
    say_all(&eve, other, &["shown"]).await;
    let name = group.uuid().simple().to_string();

    for asked in [
        name.clone(),
        format!("\u{e000}{name}"),
        format!("\" OR \"\u{e000}{name}"),
    ] {
        for who in [&ann, &eve] {
            let found = ask(who, &[("q", &asked)]).await;
            assert_eq!(texts(&found.ok()), Vec::<String>::new(), "{asked}");
        }
    }
}

#[tokio::test]
async fn who_has_left_or_was_removed_finds_nothing_of_it() {
    let server = Server::start().await;
    let [ann, bob, cid] = server.people(["ann", "bob", "cid"]).await;
    let group = ann.group(&[&bob, &cid]).await;
    say_all(&bob, group, &["memories"]).await;
    let here = group.to_string();
    assert_eq!(found(&cid, &[("q", "memories")]).await, ["memories"]);

    bob.leave(group).await.ok();
    ann.remove(group, &cid).await.ok();

    for gone in [&bob, &cid] {
        assert_eq!(
            found(gone, &[("q", "memories")]).await,
            Vec::<String>::new()
        );
        let there = ask(gone, &[("q", "memories"), ("conversation_id", &here)]).await;
        assert_eq!(there.problem(), (404, "not_found"));
    }
    ann.add(group, &cid).await.ok();
    assert_eq!(found(&cid, &[("q", "memories")]).await, ["memories"]);
}

#[tokio::test]
async fn with_very_many_conversations_everything_is_still_found() {
    let server = Server::start().await;
    let [ann, eve] = server.people(["ann", "eve"]).await;
    let mut last = ann.group(&[]).await;
    ann.say(last, "rare bird").await;
    let foreign = eve.group(&[]).await;
    say_all(&eve, foreign, &["rare fish"]).await;
    for _ in 0..300 {
        last = ann.group(&[]).await;
    }
    ann.say(last, "rare tree").await;
    indexed(&ann, last).await;

    assert_eq!(
        found(&ann, &[("q", "rare")]).await,
        ["rare tree", "rare bird"]
    );
}
