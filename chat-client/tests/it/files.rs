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

#[tokio::test(start_paused = true)]
async fn a_file_on_disk_is_whole_and_goes_on_where_it_broke() {
    let (net, _opened) = Net::new();
    let client = client(&net);
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("map.png");
    let part = place.path().join(format!("map.png.{}.part", attachment()));
    std::fs::write(&part, &FILE[..4]).unwrap();
    let mut told = Vec::new();

    let progress = |received, size| told.push((received, size));
    client
        .download_to(attachment(), &path, progress)
        .await
        .unwrap();

    assert_eq!(std::fs::read(&path).unwrap(), FILE);
    assert!(!part.exists());
    assert_eq!(
        (told.first(), told.last()),
        (Some(&(4, Some(10))), Some(&(10, Some(10))))
    );
}

#[tokio::test(start_paused = true)]
async fn what_lies_there_of_another_file_is_not_its_beginning_and_a_part_too_long_is_let_go() {
    let (net, _opened) = Net::new();
    let client = client(&net);
    let place = tempfile::tempdir().unwrap();
    let nothing = |_, _| ();
    let other = AttachmentId::new(uuid::Uuid::from_u128(3));
    let of_other = place.path().join(format!("map.png.{other}.part"));
    let plain = place.path().join("map.png.part");
    let own = place.path().join(format!("map.png.{}.part", attachment()));
    for (part, bytes) in [(&of_other, 4), (&plain, 4), (&own, 99)] {
        std::fs::write(part, vec![7; bytes]).unwrap();
    }

    let path = place.path().join("map.png");
    let read = client.download_to(attachment(), &path, nothing).await;

    read.unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), FILE);
    assert!(of_other.exists() && plain.exists() && !own.exists());
    let nowhere = place.path().join("no").join("where");
    let refused = client.download_to(attachment(), nowhere, nothing).await;
    assert!(matches!(refused, Err(Error::Invalid(_))), "{refused:?}");
}

#[tokio::test(start_paused = true)]
async fn a_file_that_came_meanwhile_is_not_replaced_and_one_is_written_by_one_only() {
    let (net, _opened) = Net::new();
    let client = client(&net);
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("map.png");
    let nothing = |_, _| ();

    let (first, second) = tokio::join!(
        client.download_to(attachment(), &path, |_, _| {
            std::fs::write(&path, "somebody's").unwrap();
        }),
        client.download_to(attachment(), &path, nothing),
    );

    assert!(matches!(first, Err(Error::Invalid(_))), "{first:?}");
    assert!(matches!(second, Err(Error::Invalid(_))), "{second:?}");
    assert_eq!(std::fs::read(&path).unwrap(), b"somebody's");
}

#[tokio::test(start_paused = true)]
async fn a_call_can_be_made_by_its_name() {
    let (net, _opened) = Net::new();
    let client = client(&net);

    let me = client.call_named("user.me", serde_json::Map::new()).await;
    assert_eq!(me.unwrap()["username"], "ann");

    for (name, why) in [
        ("user.nobody", "there is no call"),
        ("avatar.set", "carries a file"),
        ("auth.logout", "signs in or out"),
        ("presence.set", "over the socket"),
        ("message.show", "message_id is required"),
    ] {
        let refused = client.call_named(name, serde_json::Map::new()).await;
        let refused = refused.unwrap_err();
        assert_eq!(refused.code(), Code::Invalid, "{name}");
        assert!(refused.to_string().contains(why), "{refused}");
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_fetched_to_a_place_that_is_taken_and_a_whole_part_is_not_fetched_again() {
    let (net, _opened) = Net::new();
    let client = client(&net);
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("map.png");
    let part = place.path().join(format!("map.png.{}.part", attachment()));
    std::fs::write(&path, "mine").unwrap();
    let mut told = 0;
    let refused = client
        .download_to(attachment(), &path, |_, _| told += 1)
        .await;
    assert!(matches!(refused, Err(Error::Invalid(_))), "{refused:?}");
    assert_eq!((told, part.exists()), (0, false));

    std::fs::remove_file(&path).unwrap();
    // The program died when all was there, and had not its name yet.
    std::fs::write(&part, FILE).unwrap();
    let mut told = Vec::new();
    let progress = |received, size| told.push((received, size));
    client
        .download_to(attachment(), &path, progress)
        .await
        .unwrap();

    assert_eq!(told, [(10, Some(10))]);
    assert_eq!(
        (std::fs::read(&path).unwrap(), part.exists()),
        (FILE.to_vec(), false)
    );
}
