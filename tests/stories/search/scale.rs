//! How it goes with many messages. Not run by itself.
use super::ask;
use chat_tests::{Server, until};
use std::time::Instant;

#[tokio::test]
async fn scale_of_search() {
    let server = Server::with(|c| c.limits.searches_per_minute = 1_000_000).await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[&bob]).await;
    let foreign = bob.group(&[]).await;
    let mut database = server.database().await;
    let setup = server.stop().await;
    for id in [group, foreign] {
        let n = database.run(
            "with recursive n(i) as (select 1 union all select i + 1 from n where i < 50000)
             insert into messages (conversation_id, seq, id, sender_id, client_id, content, created_at)
             select $1, i + 100, randomblob(16), $2, 'c' || i,
                 'hello word' || (i % 1000) || ' word' || (i * 7919 % 20000) || ' and the ' || (i * 31 % 5000) || ' common words follow here', 1800000000000 + i from n",
            &[id.uuid(), ann.id.uuid()]).await.unwrap();
        eprintln!("inserted {n}");
        database
            .run(
                "update conversations set last_seq = 50100, last_message_seq = 50100 where id = $1",
                &[id.uuid()],
            )
            .await
            .unwrap();
    }
    let began = Instant::now();
    let server = setup.start().await;
    let bob = server.another_device(&bob).await;
    let ann = server.another_device(&ann).await;
    let here = group.to_string();
    until("indexed", async || {
        let one = ask(&bob, &[("q", "word0 hello")]).await.ok()["items"]
            .as_array()
            .unwrap()
            .len();
        match began.elapsed().as_secs() > 9 || one >= 100 {
            true => Ok(()),
            false => Err(one.to_string()),
        }
    })
    .await;
    let mut database = server.database().await;
    loop {
        let left = database.run("update users set role = role where exists (select 1 from conversations where last_message_seq > indexed_seq)", &[]).await;
        if left == Ok(0) {
            break;
        }
        if began.elapsed().as_secs() > 120 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    eprintln!("indexed after {:?}", began.elapsed());
    for q in [
        "hello",
        "word7",
        "word77 common",
        "\"common words\" hel",
        "wo",
        "word12345",
        "nothing here",
        "the h",
    ] {
        for (who, scope) in [(&bob, None), (&ann, None), (&ann, Some(here.as_str()))] {
            let mut times = Vec::new();
            let mut count = 0;
            for _ in 0..11 {
                let mut query = vec![("q", q)];
                query.extend(scope.map(|s| ("conversation_id", s)));
                let began = Instant::now();
                let page = ask(who, &query).await.ok();
                times.push(began.elapsed());
                count = page["items"].as_array().unwrap().len();
            }
            times.sort();
            eprintln!(
                "{q:20} {:4} {:5} p50 {:?} max {:?} ({count})",
                who.name,
                scope.is_some(),
                times[5],
                times[10]
            );
        }
    }
    let began = Instant::now();
    bob.delete(&format!("/conversations/{foreign}")).await.ok();
    eprintln!("50000 deleted in {:?}", began.elapsed());
}
