//! A lease is the right to run a task and to write its row: it runs out, is taken back, and cannot be used after that.

use std::time::Duration;

use mortise_host::tasks::{Options, State, When};

use super::fixture::{Cluster, MAX_ATTEMPTS, Running, Step, options, run_due};

const LEASE: Duration = Duration::from_secs(60 * 60);

#[tokio::test]
async fn a_task_of_a_killed_node_is_repeated_and_in_the_end_buried() {
    let (cluster, node) = Cluster::start().await;
    let id = cluster.enqueue(&node, "killed", &[Step::Wait], When::now()).await;

    for attempt in 1..=MAX_ATTEMPTS {
        let running = Running::start(&node, options());
        cluster.probe.wait_for_runs(1).await;
        running.kill().await;
        let record = cluster.find(&node, id).await.unwrap();
        assert_eq!((record.state, record.attempt), (State::Running, attempt), "nobody knows yet");

        cluster.clock.advance(LEASE + Duration::from_secs(1));
        run_due(&node).await;
        cluster.clock.advance(LEASE);
        if attempt < MAX_ATTEMPTS {
            let record = cluster.find(&node, id).await.unwrap();
            assert_eq!((record.state, record.attempt), (State::Waiting, attempt));
        }
    }

    let record = cluster.find(&node, id).await.unwrap();
    assert_eq!(record.state, State::Dead);
    assert_eq!(*cluster.probe.burials.lock().unwrap(), ["its node stopped answering"]);
    assert_eq!(cluster.probe.attempts(), [1, 2, 3, 4]);
}

#[tokio::test]
async fn a_node_that_lost_its_lease_cannot_end_the_task() {
    let (cluster, slow) = Cluster::start().await;
    let quick = cluster.node().await;
    let id = cluster.enqueue(&slow, "stolen", &[Step::Wait, Step::Fail], When::now()).await;
    let running = Running::start(&slow, options());
    cluster.probe.wait_for_runs(1).await;

    cluster.clock.advance(LEASE + Duration::from_secs(1));
    run_due(&quick).await;
    cluster.clock.advance(LEASE);
    run_due(&quick).await;
    let before = cluster.find(&quick, id).await.unwrap();
    assert_eq!((before.state, before.attempt), (State::Waiting, 2), "the other node has tried it");
    cluster.probe.gate.add_permits(1);
    running.stop().await;

    let after = cluster.find(&quick, id).await.expect("a lost lease deletes nothing");
    assert_eq!((after.state, after.attempt, after.run_at), (before.state, before.attempt, before.run_at));
}

#[tokio::test]
async fn a_heartbeat_keeps_a_lease() {
    let (cluster, node) = Cluster::start().await;
    let other = cluster.node().await;
    let id = cluster.enqueue(&node, "long", &[Step::Wait], When::now()).await;
    let lease = Duration::from_secs(3);
    let running = Running::start(&node, Options { lease, ..options() });
    cluster.probe.wait_for_runs(1).await;
    let until = async || cluster.find(&node, id).await.unwrap().lease_until.expect("it runs");
    assert_eq!(until().await, cluster.clock.now() + lease);

    for _ in 0..3 {
        cluster.clock.advance(lease * 2 / 3);
        while until().await != cluster.clock.now() + lease {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(run_due(&other).await, 0);
    }

    cluster.probe.gate.add_permits(1);
    running.stop().await;
    assert_eq!(cluster.probe.attempts(), [1]);
    assert!(cluster.find(&node, id).await.is_none());
}

#[tokio::test]
async fn a_task_is_stopped_when_its_lease_is_lost() {
    let (cluster, slow) = Cluster::start().await;
    let quick = cluster.node().await;
    let id = cluster.enqueue(&slow, "stolen", &[Step::Wait], When::now()).await;
    let running = Running::start(&slow, Options { lease: Duration::from_millis(300), ..options() });
    cluster.probe.wait_for_runs(1).await;

    // A heartbeat may come in between and keep it, so until it is lost.
    while cluster.find(&quick, id).await.unwrap().state == State::Running {
        cluster.clock.advance(Duration::from_secs(1));
        run_due(&quick).await;
    }

    cluster.probe.wait_for_drop().await;
    running.stop().await;
    assert_eq!(cluster.find(&quick, id).await.unwrap().attempt, 1);
}

#[tokio::test]
async fn what_did_not_end_in_time_is_given_back_untried() {
    let (cluster, node) = Cluster::start().await;
    let id = cluster.enqueue(&node, "long", &[Step::Wait], When::now()).await;
    let running = Running::start(&node, Options { grace: Duration::ZERO, ..options() });
    cluster.probe.wait_for_runs(1).await;

    running.stop().await;

    let record = cluster.find(&node, id).await.unwrap();
    assert_eq!((record.state, record.attempt), (State::Ready, 0));
    cluster.probe.gate.add_permits(1);
    assert_eq!(run_due(&node).await, 1, "another node takes it at once");
}

#[tokio::test]
async fn a_node_that_stops_waits_for_what_is_under_way_and_claims_no_more() {
    let (cluster, node) = Cluster::start().await;
    let under_way = cluster.enqueue(&node, "under way", &[Step::Wait], When::now()).await;
    let running = Running::start(&node, options());
    cluster.probe.wait_for_runs(1).await;

    let (stopped, later) = tokio::join!(running.stop(), async {
        tokio::task::yield_now().await;
        let later = cluster.enqueue(&node, "later", &[Step::Succeed], When::now()).await;
        cluster.probe.gate.add_permits(1);
        later
    });
    let () = stopped;

    assert!(cluster.find(&node, under_way).await.is_none(), "it was done");
    assert_eq!(cluster.find(&node, later).await.unwrap().state, State::Ready);
}
