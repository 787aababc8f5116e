//! What becomes of a task whose attempt did not do the work.

use std::sync::atomic::Ordering;
use std::time::Duration;

use mortise_host::error::Error;
use mortise_host::tasks::{self, Registry, State, When};

use super::fixture::{Cluster, MAX_ATTEMPTS, Step, run_due};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[tokio::test]
async fn a_failed_attempt_is_repeated_after_a_growing_pause_that_outlives_the_node() {
    let (cluster, mut node) = Cluster::start().await;
    let id = cluster.enqueue(&node, "fails", &[Step::Fail], When::now()).await;

    for (attempt, seconds) in [(1, 2.0), (2, 16.0), (3, 81.0)] {
        assert_eq!(run_due(&node).await, 1);
        // Another process finds what this one has kept.
        node.db.close().await;
        node = cluster.node().await;
        let record = cluster.find(&node, id).await.unwrap();
        assert_eq!((record.state, record.attempt), (State::Waiting, attempt));
        let pause = (record.run_at - cluster.clock.now()).as_seconds_f64();
        assert!((seconds * 0.8..=seconds * 1.2).contains(&pause), "{pause} s after attempt {attempt}");
        assert_eq!(run_due(&node).await, 0, "it is not due");
        cluster.clock.advance(Duration::from_secs_f64(seconds * 1.2));
    }
    assert_eq!(run_due(&node).await, 1);

    let record = cluster.find(&node, id).await.unwrap();
    assert_eq!((record.state, record.attempt), (State::Dead, MAX_ATTEMPTS));
    assert!(record.finished_at.is_some());
    assert_eq!(cluster.probe.attempts(), [1, 2, 3, 4]);
    cluster.clock.advance(DAY);
    assert_eq!(run_due(&node).await, 0, "the dead stay dead");
}

#[tokio::test]
async fn the_last_error_names_no_person() {
    let (cluster, node) = Cluster::start().await;
    let id = cluster.enqueue(&node, "fails", &[Step::Fail], When::now()).await;

    run_due(&node).await;

    let record = cluster.find(&node, id).await.unwrap();
    assert_eq!(record.last_error.as_deref(), Some("something it needs was not available"));
}

#[tokio::test]
async fn a_panic_is_a_failed_attempt() {
    let (cluster, node) = Cluster::start().await;
    let id = cluster.enqueue(&node, "panics", &[Step::Panic, Step::Succeed], When::now()).await;

    assert_eq!(run_due(&node).await, 1);
    let record = cluster.find(&node, id).await.unwrap();
    assert_eq!((record.state, record.attempt), (State::Waiting, 1));
    assert_eq!(record.last_error.as_deref(), Some("panicked"));

    cluster.clock.advance(DAY);
    assert_eq!(run_due(&node).await, 1);
    assert!(cluster.find(&node, id).await.is_none());
}

#[tokio::test]
async fn a_snooze_is_not_an_attempt() {
    let (cluster, node) = Cluster::start().await;
    let id = cluster.enqueue(&node, "sleepy", &[Step::Snooze(10)], When::now()).await;

    for _ in 0..MAX_ATTEMPTS * 2 {
        assert_eq!(run_due(&node).await, 1);
        let record = cluster.find(&node, id).await.unwrap();
        assert_eq!((record.state, record.attempt), (State::Waiting, 0));
        assert_eq!(record.run_at, cluster.clock.now() + Duration::from_secs(10 * 60));
        cluster.clock.advance(Duration::from_secs(10 * 60));
    }
    assert!(cluster.probe.burials.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_cancelled_task_is_kept_but_not_repeated() {
    let (cluster, node) = Cluster::start().await;
    let id = cluster.enqueue(&node, "unwanted", &[Step::Cancel], When::now()).await;

    run_due(&node).await;
    cluster.clock.advance(DAY);

    assert_eq!(run_due(&node).await, 0);
    let record = cluster.find(&node, id).await.unwrap();
    assert_eq!((record.state, record.last_error.as_deref()), (State::Cancelled, Some("nobody wants it")));
    assert!(cluster.probe.burials.lock().unwrap().is_empty());
}

#[tokio::test]
async fn what_waits_for_a_dead_task_is_told_before_it_is_dead() {
    let (cluster, node) = Cluster::start().await;
    cluster.probe.failing_burials.store(2, Ordering::SeqCst);
    let id = cluster.enqueue(&node, "hopeless", &[Step::Bury], When::now()).await;

    for told in 1..=2 {
        assert_eq!(run_due(&node).await, 1);
        assert_eq!(cluster.probe.burials.lock().unwrap().len(), told);
        assert_eq!(cluster.find(&node, id).await.unwrap().state, State::Waiting, "it could not be told");
        cluster.clock.advance(DAY);
    }
    run_due(&node).await;

    assert_eq!(*cluster.probe.burials.lock().unwrap(), ["it cannot be"; 3]);
    assert_eq!(cluster.find(&node, id).await.unwrap().state, State::Dead);
    assert_eq!(cluster.probe.names(), ["hopeless"], "it did not run again");
}

#[tokio::test]
async fn a_task_whose_burial_always_fails_is_dead_all_the_same() {
    let (cluster, node) = Cluster::start().await;
    cluster.probe.failing_burials.store(u64::MAX, Ordering::SeqCst);
    let id = cluster.enqueue(&node, "hopeless", &[Step::Bury], When::now()).await;

    for _ in 0..10 {
        run_due(&node).await;
        cluster.clock.advance(DAY);
    }

    assert_eq!(cluster.find(&node, id).await.unwrap().state, State::Dead);
}

#[tokio::test]
async fn a_dead_task_can_be_given_all_its_attempts_again() {
    let (cluster, node) = Cluster::start().await;
    let when = When::now().unique("one");
    let id =
        cluster.enqueue(&node, "second life", &[Step::Bury, Step::Fail, Step::Succeed], when.clone()).await;
    run_due(&node).await;

    let mut tx = cluster.begin(&node).await;
    assert_eq!(tasks::list_dead(&mut tx, 10).await.unwrap()[0].id, id);
    tasks::retry(&mut tx, &cluster.clock, id).await.unwrap();
    let again = tasks::retry(&mut tx, &cluster.clock, id).await;
    assert!(matches!(again, Err(Error::Conflict { code: "task_not_finished", .. })), "{again:?}");
    tx.commit().await.unwrap();

    run_due(&node).await;
    assert_eq!(cluster.find(&node, id).await.unwrap().attempt, 1);
    cluster.clock.advance(DAY);
    run_due(&node).await;
    assert!(cluster.find(&node, id).await.is_none());
}

#[tokio::test]
async fn a_dead_task_is_not_retried_beside_an_equal_one() {
    let (cluster, node) = Cluster::start().await;
    let when = When::now().unique("one");
    let id = cluster.enqueue(&node, "first", &[Step::Bury], when.clone()).await;
    run_due(&node).await;
    cluster.enqueue(&node, "second", &[Step::Succeed], when).await;

    let mut tx = cluster.begin(&node).await;
    let refused = tasks::retry(&mut tx, &cluster.clock, id).await;
    assert!(matches!(refused, Err(Error::Conflict { code: "task_pending", .. })), "{refused:?}");
    tx.commit().await.unwrap();
    assert_eq!(run_due(&node).await, 1);
}

#[tokio::test]
async fn a_kind_nobody_knows_is_put_back_and_dies_in_the_end() {
    let (cluster, node) = Cluster::start().await;
    let id = cluster.enqueue(&node, "stranger", &[Step::Succeed], When::now()).await;

    for _ in 0..MAX_ATTEMPTS {
        tasks::run_due(&node, &Registry::new()).await.unwrap();
        cluster.clock.advance(DAY);
    }

    assert_eq!(cluster.find(&node, id).await.unwrap().state, State::Dead);
    assert!(cluster.probe.names().is_empty());
}

#[tokio::test]
async fn a_kind_one_node_does_not_know_is_run_by_one_that_does() {
    let (cluster, node) = Cluster::start().await;
    let id = cluster.enqueue(&node, "newer", &[Step::Succeed], When::now()).await;
    tasks::run_due(&node, &Registry::new()).await.unwrap();

    cluster.clock.advance(DAY);

    assert_eq!(run_due(&node).await, 1);
    assert!(cluster.find(&node, id).await.is_none());
}
