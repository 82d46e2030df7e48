//! A server that is a release newer: what this version does not know is counted and passed by. And one that is a release
//! older: what it does not know is done without.

use crate::kit::{Far, Net, bob, client, hall, online, said, until};
use serde_json::{json, to_value};

#[tokio::test(start_paused = true)]
async fn what_a_newer_server_says_is_counted_and_the_rest_understood() {
    let (net, mut opened) = Net::new();
    let client = client(&net);
    let (far, ()) = tokio::join!(Far::accept(&mut opened), online(&client));
    let mut updates = client.updates();
    let events = ["x", "hello"].map(|text| net.world().store(bob(), text, text).0);
    let [mut unknown, mut known] = events.map(|event| to_value(event).unwrap());
    unknown["type"] = json!("message.sparkled");
    unknown["data"] = json!({ "sparkles": 7 });
    known["sparkles"] = json!(true);
    known["data"]["sparkles"] = json!(7);

    far.say(unknown).await;
    far.say(known).await;

    until(&client, &mut updates, |state| said(state) == ["hello"]).await;
    assert_eq!(net.world().syncs, 1, "nothing was missing");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_knows_no_parts_gets_a_large_file_whole_and_once() {
    let (net, mut opened) = Net::new();
    let client = client(&net);
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), vec![7; 5_000_000]).unwrap();
    client.start();
    let _far = Far::accept(&mut opened).await;

    let here = client.conversation(hall());
    let upload = here.upload(file.path(), "map.bin", "text/plain");
    upload.done().await.unwrap();

    let world = net.world();
    assert_eq!((world.files.len(), world.files[0].1.len()), (1, 5_000_000));
    assert!(world.once[0].is_some());
}
