//! How conversations begin: with whom, and that all of them are there. Whether somebody may say anything in one is not asked
//! here.

use super::{UNWELCOME, one, tell_new};
use crate::{
    App, Error,
    auth::Caller,
    store::{self, Conn, conversation::NewConversation, member::NewMember},
    writer::run_once,
};
use chat_core::{
    ConversationId, ConversationKind, CreateConversation, Created, Epoch, FieldErrors, MemberRole,
    MessageTtl, Seq, UserId,
};

/// People one may open a conversation with, or add, in one call.
const PEOPLE_AT_ONCE: usize = 1_000;

pub(crate) async fn create(
    app: &App,
    caller: &Caller,
    input: CreateConversation,
) -> Result<Created, Error> {
    let user = caller.user()?;
    let others = others(app, user, &input)?;
    let id = ConversationId::new(app.next_id());
    let (now, epoch) = (app.now(), Epoch::new(app.random.word()));
    run_once(app, caller.once.clone(), move |tx| {
        Box::pin(async move {
            require_existing(tx, "member_ids", &others).await?;
            let pair = match (input.kind, others.as_slice()) {
                (ConversationKind::Direct, [other]) => {
                    Some(store::conversation::pair(user, *other))
                }
                _ => None,
            };
            if let Some(pair) = &pair
                && let Some(known) = store::conversation::by_pair(tx, pair).await?
            {
                return Ok(Created {
                    conversation: one(tx, user, known).await?,
                    existing: true,
                });
            }
            let unwelcome = store::block::any(tx, &others, user).await?;
            if let Some(other) = unwelcome {
                return Err(Error::forbidden(match input.kind {
                    ConversationKind::Direct => UNWELCOME.to_owned(),
                    _ => format!("{other} cannot be added by you"),
                }));
            }
            let description = input.description.as_ref().map(|text| text.as_str());
            let new = NewConversation {
                id,
                kind: input.kind,
                title: input.title.as_ref().map(|title| title.as_str()),
                description: description.filter(|text| !text.is_empty()),
                created_at: now,
                epoch,
                member_count: u32::try_from(1 + others.len()).unwrap_or(u32::MAX),
                pair,
                message_ttl_s: input.message_ttl_s.and_then(MessageTtl::seconds),
            };
            store::conversation::insert(tx, new).await?;
            let members = first_members(input.kind, user, &others);
            store::member::insert(tx, id, &members, now).await?;
            if let (ConversationKind::Direct, [other]) = (input.kind, others.as_slice())
                && store::block::is_blocked(tx, user, *other).await?
            {
                store::member::set_blocked(tx, id, *other, true).await?;
            }
            tell_new(tx, id, &members, now).await?;
            Ok(Created {
                conversation: one(tx, user, id).await?,
                existing: false,
            })
        })
    })
    .await
}

/// A group begins with an owner; the two of a direct conversation are equal.
fn first_members(kind: ConversationKind, user: UserId, others: &[UserId]) -> Vec<NewMember> {
    let creator = match kind {
        ConversationKind::Direct => MemberRole::Member,
        _ => MemberRole::Owner,
    };
    let others = others.iter().map(|id| (*id, MemberRole::Member));
    std::iter::once((user, creator))
        .chain(others)
        .map(|(user_id, role)| NewMember {
            user_id,
            role,
            joined_seq: Seq::ZERO,
        })
        .collect()
}

/// With whom: everybody named, once, without the caller.
fn others(app: &App, user: UserId, input: &CreateConversation) -> Result<Vec<UserId>, Error> {
    let mut others = input.member_ids.clone();
    others.sort_unstable();
    others.dedup();
    others.retain(|id| *id != user);
    if input.kind == ConversationKind::Direct {
        let mut errors = FieldErrors::default();
        if others.len() != 1 {
            let rule = "must name exactly one other person for a direct conversation";
            errors.add("member_ids", rule);
        }
        if input.title.is_some() {
            errors.add("title", "a direct conversation has no title");
        }
        if input.description.is_some() {
            errors.add("description", "a direct conversation has no description");
        }
        if !errors.is_empty() {
            return Err(Error::Invalid(errors));
        }
    }
    require_fit(app, "member_ids", &others, 1)?;
    Ok(others)
}

/// No more than may be named at once, and than there is room for beside those who are in already for certain. Only what the
/// call itself says is looked at: it is answered alike however often it is made.
pub(crate) fn require_fit(
    app: &App,
    field: &str,
    ids: &[UserId],
    already: usize,
) -> Result<(), Error> {
    if ids.len() > PEOPLE_AT_ONCE {
        return Err(Error::invalid(
            field,
            format!("must name at most {PEOPLE_AT_ONCE} people at once"),
        ));
    }
    let most = app.config.limits.members;
    if already + ids.len() > most as usize {
        return Err(Error::invalid(
            field,
            format!("would make more than {most} members"),
        ));
    }
    Ok(())
}

/// Everybody must exist.
pub(crate) async fn require_existing(
    conn: &mut Conn,
    field: &str,
    ids: &[UserId],
) -> Result<(), Error> {
    if ids.is_empty() {
        return Ok(());
    }
    let found = store::user::existing(conn, ids).await?;
    match ids.iter().find(|id| !found.contains(id)) {
        Some(unknown) => Err(Error::invalid(field, format!("name nobody: {unknown}"))),
        None => Ok(()),
    }
}
