//! `mortise serve`, `worker` and `migrate`.

use super::logging;
use crate::config::Config;
use crate::db::Db;
use crate::start::Node;

pub(super) async fn serve(config: Config) -> anyhow::Result<()> {
    logging::start(&config, &config.log)?;
    let node = Node::new(config).start().await?;
    if let Some(address) = node.address() {
        tracing::info!("serving on http://{address}, docs on http://{address}/docs");
    }
    node.until_told().await
}

pub(super) async fn work(config: Config) -> anyhow::Result<()> {
    logging::start(&config, &config.log)?;
    let node = Node { serves: false, ..Node::new(config) }.start().await?;
    tracing::info!("doing background work");
    node.until_told().await
}

pub(super) async fn migrate(config: Config) -> anyhow::Result<()> {
    logging::start(&config, &config.log)?;
    let db = Db::open(&config).await?;
    db.migrate().await?;
    db.close().await;
    tracing::info!("the schema is up to date");
    Ok(())
}
