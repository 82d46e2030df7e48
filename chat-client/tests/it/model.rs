//! One user's phone and laptop against a server, killed at every point where something leaves them and the network cut or
//! struck dumb at every frame. Whatever happens: each message once, in the order it was said; all devices agree; and so do
//! their disks. Between two such points nobody can see where a program died, so these are all the points there are.

pub(crate) mod act;
pub(crate) mod device;
pub(crate) mod life;
pub(crate) mod server;
pub(crate) mod wire;

use act::{Act, Dice};
use chat_client::test_kit::{Fault, Faults};
use life::{Life, any_faults};

/// So many lives: set `CHAT_MODEL_SEEDS` for more, and `CHAT_MODEL_FIRST` for others.
fn seeds() -> std::ops::Range<u64> {
    let asked = |name| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let first = asked("CHAT_MODEL_FIRST").unwrap_or(0);
    first..first + asked("CHAT_MODEL_SEEDS").unwrap_or(2_000)
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
fn short_life(faults: Faults) -> usize {
    in_its_own_time(async {
        let mut life = Life::begin(faults);
        for act in [Act::Say, Act::Say, Act::Online, Act::Rest, Act::Say] {
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

fn at_every_step(fault: Fault) {
    let steps = short_life(Faults::default());
    assert!(steps > 80, "{steps}");
    for step in 0..steps {
        short_life(Faults::at(step, fault));
    }
}

#[test]
fn killed_at_every_step_nothing_is_lost_doubled_or_reordered() {
    at_every_step(Fault::Kill);
}

#[test]
fn cut_at_every_frame_nothing_is_lost_doubled_or_reordered() {
    at_every_step(Fault::Cut);
}

#[test]
fn silent_from_any_frame_on_nothing_is_lost_doubled_or_reordered() {
    at_every_step(Fault::Silence);
}

#[test]
fn any_life_ends_with_one_copy_of_each_message_in_order_on_every_device() {
    let threads = std::thread::available_parallelism().map_or(1, |count| count.get());
    let live = |first: usize| {
        let mine = seeds().skip(first).step_by(threads);
        let fails = |seed: &u64| {
            let life = || in_its_own_time(any_life(*seed));
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

async fn any_life(seed: u64) {
    let mut dice = Dice(seed);
    let mut life = Life::begin(any_faults(seed));
    for _ in 0..40 {
        let device = match dice.throw(3) {
            0 => &mut life.laptop,
            _ => &mut life.phone,
        };
        device.act(Act::any(&mut dice)).await;
    }
    life.end().await;
}
