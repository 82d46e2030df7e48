//! Files through the client: whole or in part, with a token that may have run out.

use crate::{
    kit::{Net, client, hall, session, signed_in},
    world::FILE,
};
use chat_client::{Error, FileContent};
use chat_core::{
    AttachmentId, Code, CreateAttachment, FileName, ReadAttachment, Secret, SetAvatar,
};

fn attachment() -> AttachmentId {
    AttachmentId::new(hall().uuid())
}

fn named(name: &str) -> CreateAttachment {
    CreateAttachment {
        file_name: Some(FileName::parse(name).unwrap()),
        duration_ms: None,
        waveform: None,
    }
}

#[tokio::test(start_paused = true)]
async fn an_upload_with_an_old_token_is_sent_again_whole() {
    let (net, _opened) = Net::new();
    let mut old = session();
    old.access_token = Secret::new("access-old");
    let client = signed_in(&net, old);

    let stored = client.upload(named("f.txt"), "text/plain", FILE).await;

    assert_eq!(stored.unwrap().id, attachment());
    let sent = ("text/plain".to_owned(), FILE.to_vec());
    assert_eq!(net.world().files, [sent.clone(), sent]);
}

#[tokio::test(start_paused = true)]
async fn a_file_is_read_whole_or_from_a_byte_on() {
    let (net, _opened) = Net::new();
    let client = client(&net);

    let whole = client.download(attachment(), ..).await.unwrap();
    let rest = client.download(attachment(), 4..).await.unwrap();

    assert_eq!((whole.offset(), whole.size()), (0, Some(10)));
    assert_eq!((rest.offset(), rest.size()), (4, Some(10)));
    assert_eq!(rest.length(), Some(6));
    assert_eq!(whole.bytes(100).await.unwrap(), FILE);
    assert_eq!(rest.bytes(100).await.unwrap(), &FILE[4..]);
}

#[tokio::test(start_paused = true)]
async fn a_refused_file_says_why() {
    let (net, _opened) = Net::new();
    net.world().is_session_over = true;
    let client = client(&net);

    let refused = client.download(attachment(), ..).await;

    assert!(matches!(refused, Err(Error::SignedOut)), "{refused:?}");
}

#[tokio::test(start_paused = true)]
async fn a_call_that_carries_a_file_is_refused_where_json_goes() {
    let (net, _opened) = Net::new();
    let client = client(&net);

    let read = ReadAttachment {
        attachment_id: attachment(),
        expires: None,
        by: None,
        signature: None,
    };
    let (set, read) = (client.call(SetAvatar {}).await, client.call(read).await);

    assert!(
        set.unwrap_err()
            .to_string()
            .contains("avatar.set carries a file")
    );
    assert_eq!(read.unwrap_err().code(), Code::Invalid);
}

#[tokio::test(start_paused = true)]
async fn a_media_type_that_is_none_is_refused_here() {
    let (net, _opened) = Net::new();
    let client = client(&net);
    let content = FileContent::from(FILE);

    let refused = client.upload(named("f"), "png\r\nx: y", content).await;

    assert!(matches!(refused, Err(Error::Invalid(_))));
    assert!(net.world().files.is_empty());
}
