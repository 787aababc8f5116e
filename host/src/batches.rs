//! Does in one go what several ask for at the same time: whoever comes while a batch is under way waits, and all who wait are
//! the next batch. So the busier it is, the less each costs, and nobody waits for company when it is quiet.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use crate::error::{Error, Result};

/// At most so many in one batch.
const AT_ONCE: usize = 100;

/// Lines of those who wait, one for each key; batches of different keys run beside each other.
pub struct Batches<K, I, O> {
    lines: Mutex<HashMap<K, Arc<Line<I, O>>>>,
}

struct Line<I, O> {
    /// Held by whoever runs a batch.
    turn: tokio::sync::Mutex<()>,
    waiting: Mutex<Vec<Waiting<I, O>>>,
}

struct Waiting<I, O> {
    item: Arc<I>,
    answer: oneshot::Sender<Result<O>>,
}

impl<K, I, O> Default for Batches<K, I, O> {
    fn default() -> Self {
        Self { lines: Mutex::default() }
    }
}

impl<K: Clone + Eq + Hash, I, O> Batches<K, I, O> {
    /// What `run` answers for this item. `run` is given items of one key, in the order in which they came, and answers for
    /// each in that order; it may be another caller's that is run. When it fails for several together, each is tried alone,
    /// so that nobody fails for another's fault.
    ///
    /// # Errors
    /// Those of `run`.
    pub async fn join<R, F>(&self, key: &K, item: I, run: R) -> Result<O>
    where
        R: Fn(Vec<Arc<I>>) -> F,
        F: Future<Output = Result<Vec<O>>>,
    {
        let place = Place { batches: self, key, line: self.line(key) };
        let item = Arc::new(item);
        'anew: loop {
            let (sender, mut answer) = oneshot::channel();
            place.line.waiting().push(Waiting { item: item.clone(), answer: sender });
            loop {
                tokio::select! {
                    biased;
                    answered = &mut answer => match answered {
                        Ok(answered) => return answered,
                        // Whoever ran the batch was stopped half-way: as if nobody had begun it.
                        Err(_) => continue 'anew,
                    },
                    _turn = place.line.turn.lock() => {
                        match answer.try_recv() {
                            Ok(answered) => return answered,
                            Err(oneshot::error::TryRecvError::Closed) => continue 'anew,
                            Err(oneshot::error::TryRecvError::Empty) => serve(place.line.next(), &run).await,
                        }
                    }
                }
            }
        }
    }

    fn line(&self, key: &K) -> Arc<Line<I, O>> {
        self.lines().entry(key.clone()).or_default().clone()
    }

    fn lines(&self) -> MutexGuard<'_, HashMap<K, Arc<Line<I, O>>>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Somebody's place in a line, which goes with the last of them.
struct Place<'a, K: Clone + Eq + Hash, I, O> {
    batches: &'a Batches<K, I, O>,
    key: &'a K,
    line: Arc<Line<I, O>>,
}

impl<K: Clone + Eq + Hash, I, O> Drop for Place<'_, K, I, O> {
    fn drop(&mut self) {
        let mut lines = self.batches.lines();
        // The map's and this one: lines are only handed out under the lock.
        if Arc::strong_count(&self.line) == 2 {
            lines.remove(self.key);
        }
    }
}

impl<I, O> Default for Line<I, O> {
    fn default() -> Self {
        Self { turn: tokio::sync::Mutex::default(), waiting: Mutex::default() }
    }
}

impl<I, O> Line<I, O> {
    fn waiting(&self) -> MutexGuard<'_, Vec<Waiting<I, O>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next batch, without those who gave up waiting.
    fn next(&self) -> Vec<Waiting<I, O>> {
        let mut waiting = self.waiting();
        waiting.retain(|one| !one.answer.is_closed());
        let count = waiting.len().min(AT_ONCE);
        waiting.drain(..count).collect()
    }
}

async fn serve<I, O, R, F>(batch: Vec<Waiting<I, O>>, run: &R)
where
    R: Fn(Vec<Arc<I>>) -> F,
    F: Future<Output = Result<Vec<O>>>,
{
    let items = batch.iter().map(|one| one.item.clone()).collect();
    let is_one = batch.len() == 1;
    match run(items).await {
        Ok(answers) if answers.len() == batch.len() => {
            for (one, answer) in batch.into_iter().zip(answers) {
                // Who has gone does not want to know.
                let _ = one.answer.send(Ok(answer));
            }
        }
        Ok(_) => {
            for one in batch {
                let _ = one.answer.send(Err(Error::internal("a batch did not answer for each of its items")));
            }
        }
        Err(error) if is_one => {
            if let Some(one) = batch.into_iter().next() {
                let _ = one.answer.send(Err(error));
            }
        }
        // It would be away for each of them, and each would wait for it.
        Err(Error::Unavailable { detail }) => {
            for one in batch {
                let _ = one.answer.send(Err(Error::Unavailable { detail: detail.clone() }));
            }
        }
        Err(error) => {
            tracing::debug!(%error, items = batch.len(), "a batch failed; trying one by one");
            for one in batch {
                let alone = run(vec![one.item]).await;
                let alone = alone.and_then(|mut answers| {
                    answers.pop().ok_or_else(|| Error::internal("a batch of one answered nothing"))
                });
                let _ = one.answer.send(alone);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures::future::join_all;
    use futures::poll;
    use tokio::sync::Semaphore;

    use super::{AT_ONCE, Batches};
    use crate::error::{Error, Result};

    /// Doubles, and counts how often it is run.
    #[derive(Default)]
    struct Doubling {
        batches: Batches<&'static str, u32, u32>,
        runs: AtomicUsize,
    }

    impl Doubling {
        async fn of(&self, key: &'static str, number: u32) -> Result<u32> {
            let run = |numbers: Vec<Arc<u32>>| async move {
                self.runs.fetch_add(1, Ordering::Relaxed);
                tokio::task::yield_now().await;
                if numbers.iter().any(|number| **number == 13) {
                    return Err(Error::internal("unlucky"));
                }
                Ok(numbers.iter().map(|number| **number * 2).collect())
            };
            self.batches.join(&key, number, run).await
        }
    }

    #[tokio::test]
    async fn few_runs_serve_many() {
        let doubling = Doubling::default();
        let many = u32::try_from(2 * AT_ONCE).expect("it is small");

        let answers = join_all((100..100 + many).map(|number| doubling.of("a", number))).await;

        for (number, answer) in (100..).zip(answers) {
            assert_eq!(answer.expect("it is a number"), 2 * number);
        }
        let runs = doubling.runs.load(Ordering::Relaxed);
        assert!(runs <= 4, "{runs}");
        assert!(doubling.batches.lines().is_empty(), "nobody waits, so there are no lines");
    }

    #[tokio::test]
    async fn one_that_fails_fails_alone() {
        let doubling = Doubling::default();

        let answers = join_all((10..20).map(|number| doubling.of("a", number))).await;

        for (number, answer) in (10..).zip(answers) {
            assert_eq!(answer.ok(), (number != 13).then_some(2 * number), "{number}");
        }
    }

    #[tokio::test]
    async fn what_one_began_and_left_another_does() {
        let batches = Batches::<(), u32, u32>::default();
        let gate = Semaphore::new(0);
        let begin = |number: u32| {
            let gate = &gate;
            let run = move |numbers: Vec<Arc<u32>>| async move {
                let open = gate.acquire().await.map_err(|_| Error::internal("the gate is gone"))?;
                open.forget();
                Ok(numbers.iter().map(|number| **number * 2).collect())
            };
            batches.join(&(), number, run)
        };
        let (mut first, mut second, mut third) = (pin!(begin(1)), Box::pin(begin(2)), pin!(begin(3)));
        // The first runs a batch of its own; the others are the next one.
        assert!(poll!(&mut first).is_pending());
        assert!(poll!(&mut second).is_pending() && poll!(&mut third).is_pending());
        gate.add_permits(1);
        assert_eq!(first.await.expect("it is a number"), 2);
        // The second runs it, and is stopped at the gate.
        assert!(poll!(&mut second).is_pending());
        drop(second);
        gate.add_permits(1);

        assert_eq!(third.await.expect("it is a number"), 6);
        assert!(batches.lines().is_empty());
    }
}
