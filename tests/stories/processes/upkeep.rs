//! What is done for all is done once, whichever process does it.

use super::House;
use chat_tests::within;
use serde_json::json;

#[tokio::test]
async fn what_runs_out_is_deleted_once_whoever_does_it() {
    let house = House::with(3, |config| config.retention_s = Some(5)).await;
    let [ann, ben] = house.servers[0].people(["ann", "ben"]).await;
    let group = ann.group(&[&ben]).await;
    let mut his = house.socket(&ben, 2).await;
    let mut said = Vec::new();
    for nth in 0..30 {
        let at = house.at(&ann, nth % 3);
        said.push(at.say(group, &format!("{nth}")).await.id.to_string());
    }

    let mut gone = Vec::new();
    while gone.len() < said.len() {
        let event = within("all are gone", his.next_event("message.deleted")).await;
        gone.push(event["data"]["id"].as_str().unwrap().to_owned());
    }

    said.sort_unstable();
    gone.sort_unstable();
    assert_eq!(gone, said);
    let epoch = ann.look(group).await.epoch;
    let from = json!({"positions": {(group.to_string()): {"epoch": epoch, "seq": 0}}});
    let log = ann.sync(from).await["conversations"][0]["events"].clone();
    let ends = log.as_array().unwrap().iter();
    let ends = ends.filter(|event| event["type"] == "message.deleted");
    assert_eq!(ends.count(), said.len());
}
