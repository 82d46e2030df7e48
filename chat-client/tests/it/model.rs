//! One user's phone against a server, with the phone killed at every point where something leaves it and the network cut
//! at every frame. Whatever happens: each message once, in the order it was said; two devices agree; and so does the disk.

pub(crate) mod faults;
pub(crate) mod life;
pub(crate) mod server;

use faults::{Fault, Fuse};
use life::Life;

/// A number of tests' lives: set `CHAT_MODEL_SEEDS` for more.
fn seeds() -> u64 {
    let asked = std::env::var("CHAT_MODEL_SEEDS").ok();
    asked.and_then(|count| count.parse().ok()).unwrap_or(300)
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

/// A short life that does everything once, with one fault at this step. How many steps it took.
fn short_life(fault: Option<(usize, Fault)>) -> usize {
    in_its_own_time(async {
        let mut life = Life::begin(Fuse::new(fault)).await;
        for act in [
            life::Act::Say,
            life::Act::Say,
            life::Act::Online,
            life::Act::Rest,
            life::Act::Say,
            life::Act::EditNewest,
            life::Act::ReactNewest,
            life::Act::OtherSays,
            life::Act::Offline,
            life::Act::Say,
            life::Act::EditNewest,
            life::Act::Say,
            life::Act::DeleteNewest,
            life::Act::MarkRead,
            life::Act::Online,
            life::Act::Rest,
        ] {
            life.act(act).await;
        }
        life.end().await
    })
}

#[test]
fn killed_at_every_step_nothing_is_lost_doubled_or_reordered() {
    let steps = short_life(None);
    assert!(steps > 50, "{steps}");
    for step in 0..steps {
        short_life(Some((step, Fault::Kill)));
    }
}

#[test]
fn cut_at_every_frame_nothing_is_lost_doubled_or_reordered() {
    for step in 0..short_life(None) {
        short_life(Some((step, Fault::Cut)));
    }
}

#[test]
fn any_life_ends_with_one_copy_of_each_message_in_order_on_every_device() {
    for seed in 0..seeds() {
        in_its_own_time(async {
            let mut dice = life::Dice(seed);
            let mut life = Life::begin(Fuse::random(seed)).await;
            for _ in 0..40 {
                let act = life::Act::any(&mut dice);
                life.act(act).await;
            }
            life.end().await;
        });
    }
}
