//! Work that comes back by itself, once over all nodes.

use std::time::Duration;

use mortise_host::services::Services;
use mortise_host::tasks::{self, Schedule, fire};

use super::fixture::{Cluster, Step, registry, run_due};

const HOUR: Duration = Duration::from_secs(60 * 60);

fn hourly(cluster: &Cluster) -> Vec<Schedule> {
    vec![
        Schedule::every("test.hourly", HOUR, &cluster.act("hourly", &[Step::Succeed]))
            .expect("it has an interval"),
    ]
}

#[tokio::test]
async fn a_schedule_fires_once_over_two_nodes() {
    let (cluster, first) = Cluster::start().await;
    let second = cluster.node().await;
    let schedules = hourly(&cluster);
    let both = async |nodes: [&Services; 2]| {
        let (one, other) = tokio::join!(fire(nodes[0], &schedules), fire(nodes[1], &schedules));
        one.unwrap().len() + other.unwrap().len()
    };
    assert_eq!(both([&first, &second]).await, 0, "its first time is an hour away");

    for _ in 0..5 {
        cluster.clock.advance(HOUR);
        assert_eq!(both([&first, &second]).await, 1);
        assert_eq!(run_due(&first).await, 1);
        assert_eq!(both([&first, &second]).await, 0);
    }
}

#[tokio::test]
async fn what_was_missed_while_nobody_ran_fires_once() {
    let (cluster, node) = Cluster::start().await;
    let schedules = hourly(&cluster);
    fire(&node, &schedules).await.unwrap();

    cluster.clock.advance(HOUR * 48);

    assert_eq!(fire(&node, &schedules).await.unwrap(), ["test.hourly"]);
    assert!(fire(&node, &schedules).await.unwrap().is_empty());
    assert_eq!(run_due(&node).await, 1);
}

#[tokio::test]
async fn a_schedule_does_not_pile_up_behind_a_task_that_still_waits() {
    let (cluster, node) = Cluster::start().await;
    let schedules = hourly(&cluster);
    fire(&node, &schedules).await.unwrap();

    for _ in 0..3 {
        cluster.clock.advance(HOUR);
        fire(&node, &schedules).await.unwrap();
    }

    assert_eq!(run_due(&node).await, 1);
}

#[tokio::test]
async fn a_schedule_made_more_frequent_does_not_wait_for_its_old_time() {
    let (cluster, node) = Cluster::start().await;
    let act = cluster.act("sooner", &[Step::Succeed]);
    let daily = [Schedule::every("test.sooner", HOUR * 24, &act).unwrap()];
    fire(&node, &daily).await.unwrap();

    let hourly = [Schedule::every("test.sooner", HOUR, &act).unwrap()];
    fire(&node, &hourly).await.unwrap();
    cluster.clock.advance(HOUR);

    assert_eq!(fire(&node, &hourly).await.unwrap(), ["test.sooner"]);
}

#[tokio::test]
async fn a_cron_pattern_is_read_in_utc() {
    let (cluster, node) = Cluster::start().await;
    // The clock starts at 09:00.
    let nightly =
        [Schedule::cron("test.nightly", "30 3 * * *", &cluster.act("night", &[Step::Succeed])).unwrap()];
    fire(&node, &nightly).await.unwrap();

    cluster.clock.advance(HOUR * 18 + Duration::from_secs(29 * 60));
    assert!(fire(&node, &nightly).await.unwrap().is_empty(), "03:29");
    cluster.clock.advance(Duration::from_secs(60));
    assert_eq!(fire(&node, &nightly).await.unwrap(), ["test.nightly"], "03:30");
    assert_eq!(tasks::run_due(&node, &registry()).await.unwrap(), ["test.act"]);
}

#[tokio::test]
async fn a_schedule_that_cannot_be_is_refused() {
    let (cluster, _node) = Cluster::start().await;
    let act = cluster.act("never", &[Step::Succeed]);

    assert!(Schedule::cron("test.never", "61 * * * *", &act).is_err());
    assert!(Schedule::every("test.never", Duration::ZERO, &act).is_err());
}
