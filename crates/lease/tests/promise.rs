//! The promise of leases, held against a model: two holders, two replicas of an owner with a cache between them that
//! may freeze or vanish, clocks that differ, calls that take as long as they like, in any order.

#![expect(
    clippy::unwrap_used,
    reason = "a lock is poisoned only by a test that has failed"
)]

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use lease::{Answer, Leases, SingleFlight, Term};
use proptest::{collection::vec, prelude::*, strategy::ValueTree};
use tokio::time::{Instant, sleep};
use tonic::Status;

/// Short beside the time that calls may take.
const TERM: Duration = Duration::from_millis(200);
const KEYS: u8 = 2;

#[derive(Debug, Clone, Copy)]
enum Step {
    /// A request that needs the answer: at a holder, which asks a replica.
    Ask {
        holder: usize,
        replica: usize,
        key: u8,
    },
    /// A change over a replica.
    Change { replica: usize, key: u8 },
    /// What the cache does from now on.
    Cache(Cache),
    /// Time goes by, in milliseconds.
    Wait(u64),
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Cache {
    Up,
    /// Commands are carried out when it is up again.
    Frozen,
    /// Commands fail, and what it held is gone.
    Away,
}

fn step() -> impl Strategy<Value = Step> {
    let replica = 0..2_usize;
    prop_oneof![
        6 => (0..2_usize, replica.clone(), 0..KEYS)
            .prop_map(|(holder, replica, key)| Step::Ask { holder, replica, key }),
        2 => (replica, 0..KEYS).prop_map(|(replica, key)| Step::Change { replica, key }),
        1 => prop_oneof![Just(Cache::Up), Just(Cache::Up), Just(Cache::Frozen), Just(Cache::Away)]
            .prop_map(Step::Cache),
        6 => (0..200_u64).prop_map(Step::Wait),
    ]
}

/// What is in the cache: a version and when it was read, by the clock of who wrote it; or that it changed.
#[derive(Debug, Clone, Copy)]
enum Cached {
    Version(u64, Duration),
    Changed,
}

struct World {
    /// How long a replica waits before it acknowledges.
    wait: Term,
    start: Instant,
    database: Mutex<HashMap<u8, u64>>,
    /// The newest version acknowledged.
    acknowledged: Mutex<HashMap<u8, u64>>,
    cache: Mutex<(Option<Cache>, HashMap<u8, Cached>)>,
    random: Mutex<u64>,
    faults: Mutex<Vec<String>>,
}

struct Replica {
    /// How far its clock is ahead.
    ahead: Duration,
    reads: SingleFlight<u8, (u64, Instant)>,
}

impl World {
    /// Up to a seventh of a second, mostly little. All pauses of an answer together stay below the time after which a
    /// holder takes the owner to be away.
    async fn pause(&self) {
        let milliseconds = {
            let mut random = self.random.lock().unwrap();
            *random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let draw = *random >> 33;
            if draw.is_multiple_of(4) {
                draw % 150
            } else {
                draw % 20
            }
        };
        sleep(Duration::from_millis(milliseconds)).await;
    }

    fn clock(&self, replica: &Replica) -> Duration {
        self.start.elapsed() + replica.ahead
    }

    /// Waits, for at most this long, until the cache carries out commands.
    async fn reach_cache(&self, patience: Duration) -> bool {
        let until = Instant::now() + patience;
        loop {
            match self.cache.lock().unwrap().0 {
                None | Some(Cache::Up) => return true,
                Some(Cache::Away) => return false,
                Some(Cache::Frozen) if Instant::now() >= until => return false,
                Some(Cache::Frozen) => {}
            }
            sleep(Duration::from_millis(10)).await;
        }
    }

    async fn answer(
        self: Arc<World>,
        replica: Arc<Replica>,
        key: u8,
    ) -> Result<Answer<u64>, Status> {
        self.pause().await;
        let (version, lease) = match self.cached(&replica, key).await {
            Some(found) => found,
            None => self.read(&replica, key).await,
        };
        self.pause().await;
        Ok(Answer {
            value: version,
            lease,
            ends_in: None,
        })
    }

    async fn cached(&self, replica: &Replica, key: u8) -> Option<(u64, Duration)> {
        if !self.reach_cache(Duration::from_millis(300)).await {
            return None;
        }
        let found = self.cache.lock().unwrap().1.get(&key).copied();
        let Some(Cached::Version(version, read)) = found else {
            return None;
        };
        let age = self.clock(replica).checked_sub(read)?;
        let left = TERM.checked_sub(age)?;
        (!left.is_zero()).then_some((version, left))
    }

    async fn read(self: &Arc<World>, replica: &Arc<Replica>, key: u8) -> (u64, Duration) {
        let world = Arc::clone(self);
        let since = Instant::now().checked_sub(TERM).unwrap_or(self.start);
        let read_by = self.clock(replica);
        let read = async move {
            let asked = Instant::now();
            world.pause().await;
            let version = world.database.lock().unwrap()[&key];
            world.pause().await;
            (version, asked)
        };
        let (_, (version, asked)) = replica.reads.run(key, since, read).await.expect("no panic");
        // What is written to a cache that is frozen arrives there at some time.
        let world = Arc::clone(self);
        let entry = Cached::Version(version, read_by);
        tokio::spawn(async move {
            world.pause().await;
            if world.reach_cache(Duration::from_secs(3_600)).await {
                world.cache.lock().unwrap().1.entry(key).or_insert(entry);
            }
        });
        (version, TERM.saturating_sub(asked.elapsed()))
    }

    async fn change(self: Arc<World>, replica: Arc<Replica>, key: u8) {
        self.pause().await;
        let version = {
            let mut database = self.database.lock().unwrap();
            let version = database.get_mut(&key).expect("a version");
            *version += 1;
            *version
        };
        self.pause().await;
        let committed = Instant::now();
        replica.reads.forget(&key);
        if self.reach_cache(Duration::from_millis(300)).await {
            self.cache.lock().unwrap().1.insert(key, Cached::Changed);
        }
        self.wait.run_out(committed).await;
        let mut acknowledged = self.acknowledged.lock().unwrap();
        let newest = acknowledged.entry(key).or_default();
        *newest = version.max(*newest);
    }

    async fn ask(self: Arc<World>, holder: Leases<u8, u64>, replica: Arc<Replica>, key: u8) {
        let promised = self
            .acknowledged
            .lock()
            .unwrap()
            .get(&key)
            .copied()
            .unwrap_or(0);
        let world = Arc::clone(&self);
        let ask = || Arc::clone(&world).answer(Arc::clone(&replica), key);
        let seen = holder.get(key, ask).await.expect("an answer");
        if seen < promised {
            let fault = format!("key {key}: {seen} seen after {promised} was acknowledged");
            self.faults.lock().unwrap().push(fault);
        }
    }
}

/// Lets it happen; what was seen that may not be.
fn faults(steps: &[Step], seed: u64, ahead: [u64; 2], wait: Term) -> Vec<String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let world = Arc::new(World {
            wait,
            start: Instant::now(),
            database: Mutex::new((0..KEYS).map(|key| (key, 1)).collect()),
            acknowledged: Mutex::default(),
            cache: Mutex::default(),
            random: Mutex::new(seed),
            faults: Mutex::default(),
        });
        let replicas = ahead.map(|milliseconds| {
            Arc::new(Replica {
                ahead: Duration::from_millis(milliseconds),
                reads: SingleFlight::default(),
            })
        });
        let holders = [Leases::new("one"), Leases::new("two")];
        let mut tasks = Vec::new();
        for step in steps {
            let world = Arc::clone(&world);
            match *step {
                Step::Ask {
                    holder,
                    replica,
                    key,
                } => {
                    let (holder, replica) =
                        (holders[holder].clone(), Arc::clone(&replicas[replica]));
                    tasks.push(tokio::spawn(world.ask(holder, replica, key)));
                }
                Step::Change { replica, key } => {
                    let replica = Arc::clone(&replicas[replica]);
                    tasks.push(tokio::spawn(world.change(replica, key)));
                }
                Step::Cache(state) => {
                    let mut cache = world.cache.lock().unwrap();
                    cache.0 = Some(state);
                    if state == Cache::Away {
                        cache.1.clear();
                    }
                }
                Step::Wait(milliseconds) => sleep(Duration::from_millis(milliseconds)).await,
            }
        }
        for task in tasks {
            task.await.expect("no panic");
        }
        let mut faults = world.faults.lock().unwrap();
        std::mem::take(&mut *faults)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whoever comes after the acknowledgement meets the change, whatever the cache does, as long as the clocks of
    /// the replicas differ by less than the margin.
    #[test]
    fn what_is_acknowledged_is_seen(
        steps in vec(step(), 1..60),
        seed in any::<u64>(),
        ahead in [0..50_u64, 0..50_u64],
    ) {
        prop_assert_eq!(faults(&steps, seed, ahead, Term::new(TERM)), Vec::<String>::new());
    }
}

/// The model can see a promise broken: by an owner who does not wait long enough.
#[test]
fn an_owner_who_does_not_wait_is_found_out() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    for short in [Duration::ZERO, TERM / 3] {
        let strategy = (vec(step(), 30..60), any::<u64>());
        let found = (0..2_000).any(|_| {
            let (steps, seed) = strategy.new_tree(&mut runner).expect("steps").current();
            !faults(&steps, seed, [0, 0], Term::new(short)).is_empty()
        });
        assert!(found, "a wait of {short:?} passes");
    }
}
