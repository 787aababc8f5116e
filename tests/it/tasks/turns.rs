//! Tenants take turns, however many tasks one of them has.

use mortise_host::tasks::{self, Options, When};

use super::fixture::{Cluster, Running, Step, begin, options, run_due};

#[tokio::test]
async fn a_tenant_with_few_tasks_does_not_wait_for_one_with_many() {
    let (cluster, node) = Cluster::start().await;
    let quiet = cluster.new_tenant(&node, "quiet").await;
    for _ in 0..20 {
        cluster.enqueue(&node, "busy", &[Step::Succeed], When::now()).await;
    }
    for _ in 0..2 {
        cluster.enqueue_for(&node, quiet, "quiet", &[Step::Succeed], When::now()).await;
    }
    let mut tx = node.db.begin_system().await.unwrap();
    tasks::enqueue(&mut tx, &cluster.clock, &cluster.act("system", &[Step::Succeed]), When::now())
        .await
        .unwrap();
    tx.commit().await.unwrap();

    assert_eq!(run_due(&node).await, 23);

    let names = cluster.probe.names();
    assert_eq!(names[..6], ["busy", "quiet", "system", "busy", "quiet", "busy"]);
    assert!(names[6..].iter().all(|name| name == "busy"));
}

#[tokio::test]
async fn the_room_of_a_node_is_shared_between_tenants_that_wait() {
    let (cluster, node) = Cluster::start().await;
    let quiet = cluster.new_tenant(&node, "quiet").await;
    for (tenant, name) in [(cluster.tenant, "busy"), (quiet, "quiet")] {
        let mut tx = begin(&node, tenant).await;
        for _ in 0..10 {
            let act = cluster.act(name, &[Step::Wait]);
            tasks::enqueue(&mut tx, &cluster.clock, &act, When::now()).await.unwrap();
        }
        tx.commit().await.unwrap();
    }

    let running = Running::start(&node, options());
    cluster.probe.wait_for_runs(4).await;

    let mut names = cluster.probe.names();
    names.sort();
    assert_eq!(names, ["busy", "busy", "quiet", "quiet"]);
    running.kill().await;
}

#[tokio::test]
async fn with_more_tenants_than_room_everyone_gets_a_turn_before_anyone_a_second() {
    let (cluster, node) = Cluster::start().await;
    let mut tenants = vec![cluster.tenant];
    for name in ["b", "c", "d", "e", "f"] {
        tenants.push(cluster.new_tenant(&node, name).await);
    }
    for (number, tenant) in tenants.iter().enumerate() {
        for _ in 0..3 {
            cluster.enqueue_for(&node, *tenant, &number.to_string(), &[Step::Succeed], When::now()).await;
        }
    }

    let running = Running::start(&node, Options { compute: 1, ..options() });
    cluster.probe.wait_for_runs(18).await;
    running.stop().await;

    assert_eq!(cluster.probe.names(), ["0", "1", "2", "3", "4", "5"].repeat(3));
}
