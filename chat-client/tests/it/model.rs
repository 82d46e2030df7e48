//! One user's phone and laptop against a server, killed at every point where something leaves them and the network cut or
//! struck dumb at every frame. Whatever happens: each message once, in the order it was said; all devices agree; and so do
//! their disks. Between two such points nobody can see where a program died, so these are all the points there are.

pub(crate) mod act;
pub(crate) mod device;
pub(crate) mod disk;
pub(crate) mod life;
pub(crate) mod server;
pub(crate) mod wire;
pub(crate) mod word;

use act::{Act, Dice};
use chat_client::test_kit::{Fault, Faults};
use disk::Disk;
use life::{Life, any_faults};

/// So many lives, or as many as `CHAT_MODEL_SEEDS` says; set `CHAT_MODEL_FIRST` for others.
fn seeds(count: u64) -> std::ops::Range<u64> {
    let asked = |name| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let first = asked("CHAT_MODEL_FIRST").unwrap_or(0);
    first..first + asked("CHAT_MODEL_SEEDS").unwrap_or(count)
}

/// Lives in a time that runs as fast as nothing happens.
pub(crate) fn in_its_own_time<T>(live: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(live)
}

/// A short life that does everything once, on both devices. How many steps it took.
fn short_life(disk: fn() -> Disk, faults: Faults) -> usize {
    in_its_own_time(async {
        let mut life = Life::on(disk, faults);
        for act in [
            Act::Say,
            Act::SendFile,
            Act::Say,
            Act::Online,
            Act::Rest,
            Act::Say,
        ] {
            life.phone.act(act).await;
        }
        for act in [Act::Say, Act::MarkRead, Act::Rest] {
            life.laptop.act(act).await;
        }
        for act in [
            Act::EditNewest,
            Act::ReactNewest,
            Act::OtherSays,
            Act::Offline,
            Act::Say,
            Act::EditNewest,
        ] {
            life.phone.act(act).await;
        }
        for act in [Act::Say, Act::ReactNewest] {
            life.laptop.act(act).await;
        }
        for act in [
            Act::SendFile,
            Act::Say,
            Act::DeleteNewest,
            Act::MarkRead,
            Act::Online,
            Act::Rest,
        ] {
            life.phone.act(act).await;
        }
        life.end().await
    })
}

fn at_every_step(disk: fn() -> Disk, fault: Fault) {
    let steps = short_life(disk, Faults::default());
    assert!(steps > 80, "{steps}");
    for step in 0..steps {
        short_life(disk, Faults::at(step, fault));
    }
}

/// A short life in which another device edits what the phone has just edited. How many steps it took.
fn life_with_an_edit_elsewhere(faults: Faults) -> usize {
    in_its_own_time(async {
        let mut life = Life::begin(faults);
        life.edit_elsewhere("from elsewhere");
        for act in [Act::Online, Act::Say, Act::Rest, Act::EditNewest, Act::Rest] {
            life.phone.act(act).await;
        }
        let is_edited = life.is_edited_elsewhere();
        if let Some(word) = life.phone.words.last_mut() {
            word.text.wish("from elsewhere".to_owned());
            if is_edited {
                word.text.promise();
            }
        }
        life.end().await
    })
}

#[test]
fn an_edit_whose_answer_was_lost_is_not_done_over_what_another_device_wrote_since() {
    for fault in [Fault::Kill, Fault::Cut, Fault::Silence] {
        let steps = life_with_an_edit_elsewhere(Faults::default());
        assert!(steps > 20, "{steps}");
        for step in 0..steps {
            life_with_an_edit_elsewhere(Faults::at(step, fault));
        }
    }
}

#[test]
fn killed_at_every_step_nothing_is_lost_doubled_or_reordered() {
    at_every_step(Disk::in_memory, Fault::Kill);
}

#[test]
fn killed_at_every_step_a_sealed_file_has_lost_doubled_or_reordered_nothing() {
    at_every_step(Disk::in_a_file, Fault::Kill);
}

#[test]
fn cut_at_every_frame_nothing_is_lost_doubled_or_reordered() {
    at_every_step(Disk::in_memory, Fault::Cut);
}

#[test]
fn silent_from_any_frame_on_nothing_is_lost_doubled_or_reordered() {
    at_every_step(Disk::in_memory, Fault::Silence);
}

#[test]
fn any_life_ends_with_one_copy_of_each_message_in_order_on_every_device() {
    any_lives(Disk::in_memory, seeds(2_000));
}

#[test]
fn any_life_with_sealed_files_ends_so_too() {
    any_lives(Disk::in_a_file, seeds(100));
}

fn any_lives(disk: fn() -> Disk, seeds: std::ops::Range<u64>) {
    let threads = std::thread::available_parallelism().map_or(1, |count| count.get());
    let live = |first: usize| {
        let mine = seeds.clone().skip(first).step_by(threads);
        let fails = |seed: &u64| {
            let life = || in_its_own_time(any_life(disk, *seed));
            std::panic::catch_unwind(life).is_err()
        };
        mine.filter(fails).collect::<Vec<_>>()
    };
    let failed: Vec<_> = std::thread::scope(|scope| {
        let all: Vec<_> = (0..threads)
            .map(|first| scope.spawn(move || live(first)))
            .collect();
        all.into_iter()
            .flat_map(|thread| thread.join().unwrap())
            .collect()
    });
    assert!(
        failed.is_empty(),
        "for one alone: CHAT_MODEL_SEEDS=1 CHAT_MODEL_FIRST=..: {failed:?}"
    );
}

async fn any_life(disk: fn() -> Disk, seed: u64) {
    let mut dice = Dice(seed);
    let mut life = Life::on(disk, any_faults(seed));
    for _ in 0..40 {
        let device = match dice.throw(3) {
            0 => &mut life.laptop,
            _ => &mut life.phone,
        };
        device.act(Act::any(&mut dice)).await;
    }
    life.end().await;
}
