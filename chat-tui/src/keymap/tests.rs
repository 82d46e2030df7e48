//! The keymap as a whole: every preset is complete and free of conflicts, and what somebody chooses is taken or told.

use super::*;

fn changes(pairs: &[(&str, &[&str])]) -> BTreeMap<String, Vec<String>> {
    let owned = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect();
    pairs
        .iter()
        .map(|(name, keys)| ((*name).to_owned(), owned(keys)))
        .collect()
}

fn rebound(pairs: &[(&str, &[&str])]) -> (Keymap, Vec<String>) {
    Keymap::default().rebound(&changes(pairs))
}

fn chord(text: &str) -> Chord {
    text.parse().unwrap()
}

#[test]
fn every_action_has_a_description_and_in_every_preset_a_key() {
    for preset in Preset::ALL {
        let keymap = Keymap::of(preset);
        for action in Action::ALL {
            // More would be cut in the help.
            let description = action.description().chars().count();
            assert!((1..=47).contains(&description), "{action:?}: {description}");
            assert!(!action.label().is_empty(), "{action:?}");
            let has_key = keymap.keys(*action).next().is_some();
            // What is in the palette, and rarely done, need not have one.
            let needs_one = !action.default_keys().is_empty();
            assert_eq!(has_key, needs_one, "{preset:?} {action:?}");
            assert!(needs_one || action.context() == Context::Chat);
        }
    }
}

#[test]
fn in_no_preset_a_key_does_two_things_in_one_place() {
    for preset in Preset::ALL {
        let keymap = Keymap::of(preset);
        for (at, (here, chord, action)) in keymap.bindings.iter().enumerate() {
            for (there, known, other) in &keymap.bindings[at + 1..] {
                // While one acts on messages in the manner of vim, its keys come before those of conversations.
                let modal = preset.is_modal() && [here, there].contains(&&Context::Select);
                let both = here == there || !modal && (here.covers(*there) || there.covers(*here));
                // The cursor goes up and down where these keys do nothing else.
                let rests = [action, other];
                let both = both
                    && !rests
                        .iter()
                        .any(|a| [Action::LineUp, Action::LineDown].contains(a));
                // With nothing to complete it does what the other does.
                let goes_on = [action, other] == [&Action::CompleteField, &Action::Next]
                    || [action, other] == [&Action::Next, &Action::CompleteField];
                assert!(
                    !both || goes_on || chord != known,
                    "{preset:?}: {chord} is {action:?} and {other:?}"
                );
            }
        }
    }
}

#[test]
fn in_every_preset_every_key_that_is_shown_is_heard_where_it_is_shown() {
    let acting = [Context::Select, Context::Chat, Context::Always];
    let writing = [Context::Compose, Context::Chat, Context::Always];
    for preset in Preset::ALL {
        let keymap = Keymap::of(preset);
        for action in Action::ALL
            .iter()
            .filter(|a| keymap.keys(**a).next().is_some())
        {
            let heard = |places: &[Context]| keymap.heard(places, *action).is_some();
            let is_heard = match action.context() {
                Context::Chat | Context::Always => heard(&acting) && heard(&writing),
                Context::Compose => heard(&writing),
                Context::Select => heard(&acting),
                Context::SignIn => heard(&[Context::SignIn, Context::Popup, Context::Always]),
                Context::Line => heard(&[Context::Line]),
                Context::Reading => heard(&[Context::Reading, Context::Popup, Context::Always]),
                Context::Popup => heard(&[Context::Popup, Context::Always]),
                Context::Form => heard(&[Context::Form, Context::Popup, Context::Always]),
                Context::Confirm => heard(&[Context::Confirm, Context::Always]),
            };
            assert!(is_heard, "{preset:?} {action:?}");
        }
    }
}

#[test]
fn nothing_is_bound_that_would_eat_a_letter() {
    for preset in Preset::ALL {
        for (context, chord, action) in Keymap::of(preset).bindings {
            let eats = chord.is_letter() && context.is_written_in();
            assert!(!eats, "{preset:?}: {chord} is {action:?}");
        }
    }
}

#[test]
fn names_are_unique() {
    for action in Action::ALL {
        assert_eq!(Action::named(action.name()), Some(*action));
    }
}

#[test]
fn a_chosen_key_replaces_the_ones_before_and_is_taken_from_whoever_had_it() {
    let (keymap, wrong) = rebound(&[("quick-switch", &["ctrl+g"]), ("pins", &[])]);

    assert_eq!(
        wrong,
        ["new-conversation has no key any more: it was chosen for something else"]
    );
    assert_eq!(
        keymap.keys(Action::QuickSwitch).collect::<Vec<_>>(),
        [chord("ctrl+g")]
    );
    assert_eq!(
        keymap.keys(Action::NewConversation).count(),
        0,
        "it was taken"
    );
    assert_eq!(keymap.keys(Action::Pins).count(), 0, "nothing was chosen");
}

#[test]
fn two_choices_for_one_key_are_told_and_the_first_is_taken() {
    let (keymap, wrong) = rebound(&[("back", &["alt+b"]), ("pins", &["alt+b"])]);

    assert_eq!(
        wrong,
        [
            "Alt+B is chosen for back and for pins: it does the first",
            "Alt+B for word-left is not heard in \"conversations\": there it is back"
        ]
    );
    assert_eq!(keymap.keys(Action::Back).next(), Some(chord("alt+b")));
}

#[test]
fn a_choice_that_something_nearer_hides_is_told() {
    let (_, wrong) = rebound(&[("quit", &["ctrl+k"])]);
    assert_eq!(
        wrong,
        ["Ctrl+K for quit is not heard in \"conversations\": there it is quick-switch"]
    );
}

#[test]
fn a_choice_that_hides_something_farther_is_told_and_shown_nowhere_as_its_key() {
    let (keymap, wrong) = rebound(&[("newline", &["ctrl+q"])]);
    assert_eq!(
        wrong,
        ["Ctrl+Q for quit is not heard in \"writing\": there it is newline"]
    );
    let writing = [Context::Compose, Context::Chat, Context::Always];
    assert_eq!(keymap.heard(&writing, Action::Quit), None);
    assert_eq!(
        keymap.heard(&writing, Action::Newline),
        Some(chord("ctrl+q"))
    );
    let acting = [Context::Select, Context::Chat, Context::Always];
    assert_eq!(keymap.heard(&acting, Action::Quit), Some(chord("ctrl+q")));
}

#[test]
fn what_is_done_everywhere_may_have_a_letter_while_acting_on_messages() {
    let (keymap, wrong) = rebound(&[("quick-switch", &["space", "ctrl+k"]), ("help", &["H"])]);
    assert_eq!(wrong, [""; 0]);
    let acting = [Context::Select, Context::Chat, Context::Always];
    let writing = [Context::Compose, Context::Chat, Context::Always];

    let heard = |places: &[Context], key: &str| keymap.bound(places, chord(key));

    assert_eq!(heard(&acting, "space"), Some(Action::QuickSwitch));
    assert_eq!(heard(&acting, "H"), Some(Action::Help));
    assert_eq!(heard(&writing, "space"), None, "it is written");
}

#[test]
fn what_is_no_action_no_key_or_a_letter_is_told_in_words() {
    let (_, wrong) = rebound(&[("fly", &["f1"]), ("help", &["hyper+x"]), ("send", &["s"])]);

    assert_eq!(wrong.len(), 3);
    assert!(wrong[0].contains("there is no action \"fly\""), "{wrong:?}");
    assert!(wrong[1].contains("is no modifier"), "{wrong:?}");
    assert!(
        wrong[2].contains("could not be written any more"),
        "{wrong:?}"
    );
}
