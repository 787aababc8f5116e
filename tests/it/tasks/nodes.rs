//! Several nodes on one database.

use std::collections::BTreeSet;
use std::time::Duration;

use mortise_host::tasks::{Options, When};

use super::fixture::{Cluster, Running, Step, options};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_never_run_the_same_task() {
    let (cluster, first) = Cluster::start().await;
    let second = cluster.node().await;
    let mut tx = cluster.begin(&first).await;
    for number in 0..300 {
        let act = cluster.act(&number.to_string(), &[Step::Succeed]);
        mortise_host::tasks::enqueue(&mut tx, &cluster.clock, &act, When::now()).await.unwrap();
    }
    tx.commit().await.unwrap();

    let poll = Duration::from_millis(50);
    let nodes = [&first, &second].map(|node| Running::start(node, Options { poll, ..options() }));
    cluster.probe.wait_for_runs(300).await;
    for node in nodes {
        node.stop().await;
    }

    let names = cluster.probe.names();
    assert_eq!(names.len(), 300);
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), 300);
    let mut tx = super::fixture::system(&first).await;
    assert!(mortise_host::tasks::list_dead(&mut tx, 1).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_commit_wakes_this_node() {
    let (cluster, node) = Cluster::start().await;
    let running = Running::start(&node, options());

    for count in 0..3 {
        cluster.enqueue(&node, &count.to_string(), &[Step::Succeed], When::now()).await;
        cluster.probe.wait_for_runs(1).await;
    }

    running.stop().await;
}

#[tokio::test]
async fn a_commit_wakes_the_other_node() {
    let (cluster, speaker) = Cluster::start().await;
    if !cluster.is_postgres() {
        return;
    }
    let listener = cluster.node().await;
    let running = Running::start(&listener, options());
    // Found without a signal: what was there when it started.
    cluster.enqueue(&listener, "first", &[Step::Succeed], When::now()).await;
    cluster.probe.wait_for_runs(1).await;

    // It does not poll, so only a signal brings these; those from before it listened are lost, later ones are not.
    loop {
        cluster.enqueue(&speaker, "announced", &[Step::Succeed], When::now()).await;
        let ran = tokio::time::timeout(Duration::from_millis(200), cluster.probe.wait_for_runs(1)).await;
        if ran.is_ok() {
            break;
        }
    }

    running.stop().await;
}
