//! A server of the S3 protocol over a folder, for one test.

use std::path::Path;

use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::task::AbortOnDropHandle;

pub struct ObjectStore {
    address: std::net::SocketAddr,
    folder: TempDir,
    _server: AbortOnDropHandle<()>,
}

impl ObjectStore {
    pub const ACCESS_KEY: &'static str = "ada";
    pub const SECRET_KEY: &'static str = "a secret for tests";

    /// Starts it with one empty bucket.
    ///
    /// # Panics
    /// When it does not start.
    #[expect(clippy::disallowed_methods, reason = "the server and its connections end with the guard")]
    pub async fn start(bucket: &str) -> Self {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        std::fs::create_dir(folder.path().join(bucket)).expect("there is room for a folder");
        let files = s3s_fs::FileSystem::new(folder.path()).expect("the folder is there");
        let mut builder = S3ServiceBuilder::new(files);
        builder.set_auth(SimpleAuth::from_single(Self::ACCESS_KEY, Self::SECRET_KEY));
        let service = builder.build();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("there is a free port");
        let address = listener.local_addr().expect("it is bound");
        let server = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((socket, _)) = listener.accept().await {
                let service = service.clone();
                connections.spawn(async move {
                    // A client that hangs up is no failure of the store.
                    let _ = Builder::new(TokioExecutor::new())
                        .serve_connection(TokioIo::new(socket), service)
                        .await;
                });
            }
        });
        Self { address, folder, _server: AbortOnDropHandle::new(server) }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where the buckets are.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}
