//! Whether the properties reach every event: nothing is proved of one that no act tells.

use super::{acts::act, reference::Reference};
use chat_core::*;
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use std::collections::BTreeSet;

/// What steers the socket itself never reaches the reducer.
#[test]
fn every_event_but_those_that_steer_the_socket_is_told_by_some_act() {
    let mut runner = TestRunner::deterministic();
    let acts = prop::collection::vec(act(), 100);
    let mut told = BTreeSet::new();

    for _ in 0..100 {
        let mut reference = Reference::new(5);
        let acts = acts.new_tree(&mut runner).unwrap().current();
        let events = acts.into_iter().flat_map(|act| reference.act(act));
        told.extend(events.map(|envelope| envelope.event.kind().to_owned()));
    }

    let reduced = Event::KINDS
        .iter()
        .filter(|(_, class)| *class != Class::Control);
    let missing: Vec<_> = reduced.filter(|(kind, _)| !told.contains(*kind)).collect();
    assert_eq!(missing, Vec::<&(&str, Class)>::new(), "give each an act");
}
