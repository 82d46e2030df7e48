//! Two people who are both there.

use super::{ann_and_ben, url};
use chat_client::{Status, StopReason, Update};
use chat_core::{Code, EchoStatus, PresenceState};
use chat_tests::{Server, sdk, within};

#[tokio::test]
async fn two_people_chat() {
    let server = Server::start().await;
    let (ann, ben, group) = ann_and_ben(&url(&server)).await;

    let ticket = ann.conversation(group).send(sdk::body("hello"));
    let echoed = ann.read(|state| state.echoes(group).len() + sdk::said(state, group).len());
    let ack = ticket.stored().await.expect("stored");
    sdk::knows(&ben, "ben hears it", |state| {
        (sdk::said(state, group) == ["hello"]).then_some(())
    })
    .await;
    ben.conversation(group).send(sdk::body("hi"));

    for client in [&ann, &ben] {
        sdk::knows(client, "both know both", |state| {
            (sdk::said(state, group) == ["hello", "hi"]).then_some(())
        })
        .await;
    }
    assert_eq!((echoed, ack.seq.get(), ack.duplicate), (1, 1, false));
    assert!(ann.read(|state| state.echoes(group).is_empty()));
}

#[tokio::test]
async fn edits_deletions_and_read_marks_reach_the_other() {
    let server = Server::start().await;
    let (ann, ben, group) = ann_and_ben(&url(&server)).await;
    let first = ann
        .conversation(group)
        .send(sdk::body("helo"))
        .stored()
        .await
        .expect("stored");
    let second = ann
        .conversation(group)
        .send(sdk::body("oops"))
        .stored()
        .await
        .expect("stored");
    let unread = |wanted: u64| {
        move |state: &chat_core::State| (state.unread_total() == wanted).then_some(())
    };
    sdk::knows(&ben, "two are unread", unread(2)).await;

    ann.conversation(group)
        .edit(first.message_id, sdk::body("hello"))
        .done()
        .await
        .expect("her own");
    ann.conversation(group)
        .delete(second.message_id)
        .done()
        .await
        .expect("her own");
    ben.conversation(group).mark_read(second.seq);

    sdk::knows(&ben, "he sees the change", |state| {
        (sdk::said(state, group) == ["hello", ""]).then_some(())
    })
    .await;
    sdk::knows(&ben, "nothing is unread", unread(0)).await;
    let ben_id = ben.me().expect("signed in");
    sdk::knows(&ann, "she sees how far he has read", |state| {
        let members = &state.conversation(group)?.conversation().members;
        members
            .iter()
            .find(|m| m.user.id == ben_id && m.read_seq == second.seq)
            .map(drop)
    })
    .await;
}

#[tokio::test]
async fn a_refused_message_fails_and_can_be_sent_again_or_dropped() {
    let server = Server::start().await;
    let (ann, ben, _) = ann_and_ben(&url(&server)).await;
    let (anns, ben_id) = (sdk::group(&ann, &[]).await, ben.me().expect("signed in"));
    let handle = ben.conversation(anns);

    let (kept, dropped) = (
        handle.send(sdk::body("let me in")),
        handle.send(sdk::body("never mind")),
    );
    let (kept_id, dropped_id) = (kept.client_id().clone(), dropped.client_id().clone());
    let refusals = [kept.stored().await, dropped.stored().await];

    assert!(refusals.iter().all(|refused| {
        refused
            .as_ref()
            .is_err_and(|error| error.code() == Code::NotFound)
    }));
    let failed = |state: &chat_core::State| {
        let echoes = state.echoes(anns);
        echoes
            .iter()
            .filter(|echo| matches!(echo.status, EchoStatus::Failed { .. }))
            .count()
    };
    assert_eq!(ben.read(failed), 2);
    let add = chat_core::AddMembers {
        conversation_id: anns,
        user_ids: vec![ben_id],
        role: None,
    };
    ann.call(add).await.expect("the owner may");
    assert!(handle.retry(&kept_id).is_some() && handle.discard(&dropped_id).is_some());
    sdk::knows(&ann, "it is said after all", |state| {
        (sdk::said(state, anns) == ["let me in"]).then_some(())
    })
    .await;
    sdk::knows(&ben, "no echo is left", |state| {
        state.echoes(anns).is_empty().then_some(())
    })
    .await;
}

#[tokio::test]
async fn typing_shows_and_goes_out() {
    let server = Server::start().await;
    let (ann, ben, group) = ann_and_ben(&url(&server)).await;
    let typing = |state: &chat_core::State| {
        let known = state.conversation(group).into_iter();
        known
            .flat_map(|known| known.typing().map(str::to_owned))
            .collect::<Vec<_>>()
    };

    ann.conversation(group).typing(true);
    sdk::knows(&ben, "ann types", |state| {
        (typing(state) == ["ann"]).then_some(())
    })
    .await;
    ann.conversation(group).typing(false);
    sdk::knows(&ben, "ann has stopped", |state| {
        typing(state).is_empty().then_some(())
    })
    .await;

    ann.conversation(group).typing(true);
    sdk::knows(&ben, "ann types again", |state| {
        (typing(state) == ["ann"]).then_some(())
    })
    .await;
    ann.conversation(group).send(sdk::body("done"));
    sdk::knows(&ben, "what is said is no longer typed", |state| {
        (sdk::said(state, group) == ["done"] && typing(state).is_empty()).then_some(())
    })
    .await;
}

#[tokio::test]
async fn presence_follows_the_other() {
    let server = Server::start().await;
    let (ann, ben, _) = ann_and_ben(&url(&server)).await;
    let ann_id = ann.me().expect("signed in");
    ben.watch_presence(vec![ann_id]);
    let seen = async |wanted: PresenceState| {
        let what = format!("ann is {wanted:?}");
        sdk::knows(&ben, &what, |state| {
            (state.presence(ann_id)?.state == wanted).then_some(())
        })
        .await;
    };

    seen(PresenceState::Online).await;
    ann.set_active(false);
    seen(PresenceState::Away).await;
    ann.set_active(true);
    seen(PresenceState::Online).await;
    ann.disconnect().await;
    seen(PresenceState::Offline).await;
}

#[tokio::test]
async fn a_listener_that_falls_behind_is_told_to_look_at_everything() {
    const MANY: usize = 1_200;
    let server = Server::start().await;
    let (ann, ben, group) = ann_and_ben(&url(&server)).await;
    let mut slow = ben.updates();

    let sends = (0..MANY).map(|nth| {
        let request = chat_core::SendMessage::text(group, sdk::body(&format!("message {nth}")));
        let (host, ann) = (server.host(), ann.me().expect("signed in"));
        async move { host.call(ann, request).await.map(drop) }
    });
    let stored = futures_util::future::join_all(sends).await;
    assert!(stored.iter().all(Result::is_ok));
    sdk::knows(&ben, "everything is here", |state| {
        (sdk::said(state, group).len() == MANY).then_some(())
    })
    .await;

    let first = within("an update", slow.next()).await;
    assert!(matches!(first, Some(Update::Reset)), "{first:?}");
    while slow.try_next().is_some() {}
    ann.conversation(group).send(sdk::body("the last one"));
    loop {
        if let Some(Update::Event(event)) = within("it goes on", slow.next()).await
            && matches!(&event.event, chat_core::Event::MessageNew(message) if message.content == "the last one")
        {
            break;
        }
    }
}

#[tokio::test]
async fn after_shutdown_nothing_comes_and_nothing_goes() {
    let server = Server::start().await;
    let (ann, _ben, group) = ann_and_ben(&url(&server)).await;
    let mut updates = ann.updates();

    ann.shutdown().await;

    while within("the updates end", updates.next()).await.is_some() {}
    assert_eq!(
        *ann.status().borrow(),
        Status::Stopped {
            reason: StopReason::ShutDown
        }
    );
    let refused = ann.call(chat_core::ShowMe {}).await;
    assert!(
        matches!(refused, Err(chat_client::Error::Stopped)),
        "{refused:?}"
    );
    let unsent = ann.conversation(group).send(sdk::body("too late"));
    assert!(matches!(
        within("it is told", unsent.stored()).await,
        Err(chat_client::Error::Stopped)
    ));
}
