//! A task is a row of the transaction that asks for it.

use std::time::Duration;

use mortise_host::error::Error;
use mortise_host::tasks::{self, Priority, State, When};

use super::fixture::{Act, Cluster, Step, begin, run_due};

#[tokio::test]
async fn a_task_exists_when_its_transaction_commits() {
    let (cluster, node) = Cluster::start().await;
    let act = cluster.act("committed", &[Step::Succeed]);

    let mut tx = cluster.begin(&node).await;
    let id = tasks::enqueue(&mut tx, &cluster.clock, &act, When::now()).await.unwrap();
    tx.commit().await.unwrap();

    assert_eq!(run_due(&node).await, 1);
    let attempt = cluster.probe.last_attempt();
    assert_eq!((Some(attempt.task), attempt.tenant), (id, Some(cluster.tenant)));
    assert_eq!(attempt.caller().unwrap().tenant, cluster.tenant);
    assert!(cluster.find(&node, id.unwrap()).await.is_none(), "what is done leaves the table");
}

#[tokio::test]
async fn a_task_is_gone_with_its_transaction() {
    let (cluster, node) = Cluster::start().await;
    let act = cluster.act("rolled back", &[Step::Succeed]);

    let mut tx = cluster.begin(&node).await;
    tasks::enqueue(&mut tx, &cluster.clock, &act, When::now()).await.unwrap();
    drop(tx);

    assert_eq!(run_due(&node).await, 0);
    assert!(cluster.probe.names().is_empty());
}

#[tokio::test]
async fn an_equal_unique_task_is_not_enqueued_twice_and_the_transaction_goes_on() {
    let (cluster, node) = Cluster::start().await;
    let act = cluster.act("unique", &[Step::Succeed]);
    let unique = || When::now().unique("one");

    let mut tx = cluster.begin(&node).await;
    assert!(tasks::enqueue(&mut tx, &cluster.clock, &act, unique()).await.unwrap().is_some());
    assert!(tasks::enqueue(&mut tx, &cluster.clock, &act, unique()).await.unwrap().is_none());
    assert!(
        tasks::enqueue(&mut tx, &cluster.clock, &act, When::now().unique("two")).await.unwrap().is_some()
    );
    assert!(tasks::enqueue(&mut tx, &cluster.clock, &act, When::now()).await.unwrap().is_some());
    tx.commit().await.unwrap();
    let other = cluster.new_tenant(&node, "other").await;
    let mut tx = begin(&node, other).await;
    assert!(
        tasks::enqueue(&mut tx, &cluster.clock, &act, unique()).await.unwrap().is_some(),
        "another tenant's"
    );
    tx.commit().await.unwrap();

    assert_eq!(run_due(&node).await, 4);
    let mut tx = cluster.begin(&node).await;
    assert!(
        tasks::enqueue(&mut tx, &cluster.clock, &act, unique()).await.unwrap().is_some(),
        "the first is done"
    );
}

#[tokio::test]
async fn a_unique_key_holds_for_the_system_too() {
    let (cluster, node) = Cluster::start().await;
    let act = cluster.act("system", &[Step::Succeed]);
    let unique = || When::now().unique("one");

    let mut tx = node.db.begin_system().await.unwrap();
    assert!(tasks::enqueue(&mut tx, &cluster.clock, &act, unique()).await.unwrap().is_some());
    assert!(tasks::enqueue(&mut tx, &cluster.clock, &act, unique()).await.unwrap().is_none());
    tx.commit().await.unwrap();

    assert_eq!(run_due(&node).await, 1);
    let attempt = cluster.probe.last_attempt();
    assert!(attempt.tenant.is_none());
    assert!(matches!(attempt.caller(), Err(Error::Internal(_))), "it acts for no tenant");
}

#[tokio::test]
async fn due_tasks_run_by_priority_then_by_time() {
    let (cluster, node) = Cluster::start().await;
    let now = cluster.clock.now();
    let ago = |seconds| When::at(now - Duration::from_secs(seconds));

    for (name, when) in [
        ("late", ago(5)),
        ("low", ago(90).priority(Priority::Low)),
        ("early", ago(60)),
        ("high", ago(1).priority(Priority::High)),
        ("not yet", When::at(now + Duration::from_secs(1)).priority(Priority::High)),
    ] {
        cluster.enqueue(&node, name, &[Step::Succeed], when).await;
    }

    run_due(&node).await;
    assert_eq!(cluster.probe.names(), ["high", "early", "late", "low"]);
    cluster.clock.advance(Duration::from_secs(1));
    run_due(&node).await;
    assert_eq!(cluster.probe.names().last().unwrap(), "not yet");
}

#[tokio::test]
async fn a_tenant_sees_and_retries_only_its_own_tasks() {
    let (cluster, node) = Cluster::start().await;
    let id = cluster.enqueue(&node, "dead", &[Step::Bury], When::now()).await;
    run_due(&node).await;
    let other = cluster.new_tenant(&node, "other").await;

    let mut tx = begin(&node, other).await;
    assert!(tasks::find(&mut tx, id).await.unwrap().is_none());
    assert!(tasks::list_dead(&mut tx, 10).await.unwrap().is_empty());
    let refused = tasks::retry(&mut tx, &cluster.clock, id).await;
    assert!(matches!(refused, Err(Error::NotFound { .. })), "{refused:?}");
    tx.commit().await.unwrap();

    assert_eq!(cluster.find(&node, id).await.unwrap().state, State::Dead);
}

#[tokio::test]
async fn many_tasks_are_enqueued_in_one_statement_as_if_one_by_one() {
    let (cluster, node) = Cluster::start().await;
    let now = cluster.clock.now();
    let mut tx = cluster.begin(&node).await;
    let batch = [
        ("second", When::at(now)),
        ("first", When::at(now - Duration::from_millis(1_500))),
        ("later", When::at(now + Duration::from_secs(60))),
        ("unique", When::now().unique("one").priority(Priority::Low)),
        ("twin", When::now().unique("one")),
    ];
    let batch = batch.map(|(name, when)| (cluster.act(name, &[Step::Succeed]), when));

    let ids = tasks::enqueue_all(&mut tx, &cluster.clock, batch).await.unwrap();
    assert!(tasks::enqueue_all::<Act>(&mut tx, &cluster.clock, []).await.unwrap().is_empty());
    tx.commit().await.unwrap();

    assert_eq!(ids.len(), 4);
    assert_eq!(run_due(&node).await, 3);
    assert_eq!(cluster.probe.names(), ["first", "second", "unique"]);
    cluster.clock.advance(Duration::from_secs(60));
    assert_eq!(run_due(&node).await, 1);
    assert_eq!(cluster.probe.names()[3], "later");
}
