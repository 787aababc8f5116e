//! Redis between nodes: work is taken up sooner and requests are counted together, and nothing needs it.

use std::time::Duration;

use mortise_host::config::Config;
use mortise_host::db::Db;
use mortise_host::start::{Node, Running};
use mortise_tests::actor::Actor;
use mortise_tests::binary;
use mortise_tests::node::until;
use mortise_tests::receiver::Receiver;
use mortise_tests::redis::Redis;
use mortise_tests::server::Server;
use serde_json::json;

/// A second node of the server's installation.
async fn another(server: &Server) -> Running {
    let node = Node {
        config: (*server.services().config).clone(),
        clock: server.clock.clone(),
        serves: true,
        works: false,
        compiler: Some(binary::mortise()),
    };
    node.start().await.expect("it starts")
}

fn at(node: &Running, key: &str) -> Actor {
    let address = node.address().expect("it serves");
    Actor::new(format!("http://{address}"), Some(key.into()))
}

fn with(redis: &Redis, reads_per_second: u32) -> impl FnOnce(&mut Config) {
    let url = redis.url();
    move |config: &mut Config| {
        config.redis_url = Some(url);
        config.rate_reads_per_second = reads_per_second;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_counted_over_all_nodes() {
    let redis = Redis::start().await;
    // Ten at once, and one a second after that.
    let server = Server::start_with(with(&redis, 1)).await;
    let founded = server.found("acme").await;
    let second = another(&server).await;
    let here = server.actor(&founded.key);
    let there = at(&second, &founded.key.reveal());

    let mut left = Vec::new();
    for turn in 0..10 {
        let actor = if turn % 2 == 0 { &here } else { &there };
        let answer = actor.get("/v1/candidates").await.expect(200);
        assert_eq!(answer.header("ratelimit-policy"), Some("\"reads\";q=10;w=10"));
        left.push(answer.header("ratelimit").map(str::to_owned).expect("it is told"));
    }
    assert_eq!(left.first().map(String::as_str), Some("\"reads\";r=9"));
    assert!(["\"reads\";r=0", "\"reads\";r=1"].contains(&left[9].as_str()), "{left:?}");
    // Within the next second one more may be let through, whichever node is asked.
    let mut refused = 0;
    for actor in [&here, &there, &here, &there] {
        let answer = actor.get("/v1/candidates").await;
        refused += u32::from(answer.status == 429);
        if answer.status == 429 {
            assert!(answer.header("retry-after").is_some());
        }
    }
    assert!(refused >= 2, "{refused} of 4");
    // Others are counted apart.
    let other = server.found("globex").await;
    at(&second, &other.key.reveal()).get("/v1/candidates").await.expect(200);
    second.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_hears_of_work_that_another_one_makes() {
    let redis = Redis::start().await;
    let server = Server::start_with(with(&redis, 0)).await;
    let owner = server.tenant("acme").await;
    // On SQLite there is nothing else that could tell it.
    let other = Db::open(&server.services().config).await.expect("the database opens");

    let heard = async {
        // One hint may be that it listens now; the next one is of the work.
        other.wake().woken().await;
        other.wake().woken().await;
    };
    let work = async {
        loop {
            owner
                .upload("ada.txt", mortise_tests::samples::text_resume("Ada", "ada@x.example"))
                .await
                .expect(202);
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::select! {
        () = heard => {}
        () = work => unreachable!("it never ends"),
        () = tokio::time::sleep(Duration::from_secs(60)) => panic!("nothing was heard"),
    }
    other.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_goes_on_while_redis_is_away_and_it_is_found_again() {
    let mut redis = Redis::start().await;
    let receiver = Receiver::start().await;
    let url = redis.url();
    let server = Server::start_with(|config| {
        config.redis_url = Some(url);
        config.rate_reads_per_second = 1_000;
        config.egress_allow = vec!["127.0.0.0/8".parse().expect("it is a range")];
        config.webhooks_allow_http = true;
    })
    .await;
    let owner = server.tenant("acme").await;
    let endpoint = json!({ "url": receiver.url(), "event_types": ["candidate.created"] });
    owner.post("/v1/webhook-endpoints", endpoint).await.expect(201);
    let happen = async |name: &str| {
        owner.post("/v1/candidates", json!({ "name": name })).await.expect(201);
        let answer = owner.get("/v1/candidates").await.expect(200);
        server.run_tasks().await;
        answer.header("ratelimit").is_some()
    };

    assert!(happen("with it").await);
    redis.kill();
    for _ in 0..3 {
        assert!(happen("without it").await, "each node counts by itself");
    }
    redis.revive().await;
    assert!(happen("again").await);
    redis.freeze();
    for _ in 0..3 {
        assert!(happen("while it says nothing").await);
    }
    redis.kill();
    redis.revive().await;

    assert_eq!(receiver.received().len(), 8, "nothing was lost, and nothing told twice");
    // It is asked again once it is back: what is counted stands there.
    let keys = async || {
        owner.get("/v1/candidates").await.expect(200);
        let client = redis::Client::open(redis.url()).expect("it is an address");
        let mut connection = client.get_multiplexed_async_connection().await.ok()?;
        let keys: Vec<String> =
            redis::cmd("KEYS").arg("mortise:rate:*").query_async(&mut connection).await.ok()?;
        (!keys.is_empty()).then_some(())
    };
    until("requests are counted there again", keys).await;
}

#[test]
fn an_address_that_is_none_is_refused_at_the_start_and_not_shown() {
    let config = Config { redis_url: Some("redis//ada:secret@host".into()), ..Config::default() };

    let error = mortise_host::broker::Broker::open(&config).err().expect("it is no address");

    let said = format!("{error:#}");
    assert!(said.contains("MORTISE_REDIS_URL") && !said.contains("secret"), "{said}");
}
