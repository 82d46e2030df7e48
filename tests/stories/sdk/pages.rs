//! What was said long before.

use super::{ann_and_ben, url};
use chat_tests::{Server, sdk};

#[tokio::test]
async fn older_messages_come_by_pages_without_a_hole() {
    const MANY: u64 = 130;
    let server = Server::start().await;
    let (ann, ben, group) = ann_and_ben(&url(&server)).await;
    for nth in 1..=MANY {
        let ticket = ann
            .conversation(group)
            .send(sdk::body(&format!("message {nth}")));
        if nth == MANY {
            ticket.stored().await.expect("stored");
        }
    }
    let wanted: Vec<_> = (1..=MANY).map(|nth| format!("message {nth}")).collect();
    let new_device = sdk::client(&url(&server));
    let password = chat_core::Secret::new(sdk::PASSWORD);
    new_device
        .login("ben", password)
        .await
        .expect("ben signs in");
    sdk::online(&new_device).await;
    let known = || new_device.read(|state| sdk::said(state, group));
    let handle = new_device.conversation(group);

    assert_eq!(known(), wanted[129..]);
    assert!(handle.load_older(50).await.expect("a page"));
    assert_eq!(known(), wanted[79..]);
    // Whoever asks twice at once gets the page once.
    let (one, other) = tokio::join!(handle.load_older(50), handle.load_older(50));
    assert!(one.expect("a page") != other.expect("a page"));
    assert_eq!(known(), wanted[29..]);
    assert!(handle.load_older(50).await.expect("a page"));
    assert_eq!(known(), wanted);
    assert!(!handle.load_older(50).await.expect("nothing is left"));
    sdk::knows(&ben, "who was there has them all", |state| {
        (sdk::said(state, group) == wanted).then_some(())
    })
    .await;
}
