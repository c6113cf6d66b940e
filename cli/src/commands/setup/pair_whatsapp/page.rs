//! The pairing page: the code in a browser, on the loopback address, for whoever opens its link first.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{Path, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, COOKIE, REFERRER_POLICY, SET_COOKIE,
};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use tokio::net::TcpListener;
use tokio::sync::Notify;

use super::STEPS;
use crate::failure::{Outcome, While as _};

/// How long the page stays for a browser to see how it ended.
const LAST_LOOK: Duration = Duration::from_secs(5);
/// Seconds between two looks of a browser.
const REFRESH: u32 = 2;
/// The page loads nothing, runs nothing and is in no frame.
const POLICY: &str = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; frame-ancestors 'none'";

/// What the page shows.
#[derive(Clone)]
pub(super) enum View {
    /// No code yet.
    Waiting,
    /// A QR code, as a picture, and when it expires.
    Qr(Vec<u8>, Instant),
    /// A code to type, and when it expires.
    Code(String, Instant),
    /// How it ended, or that it is about to.
    Said(String),
}

/// The page while it is served.
pub(super) struct Page {
    address: SocketAddr,
    shared: Arc<Shared>,
    server: tokio::task::JoinHandle<()>,
}

struct Shared {
    token: String,
    cookie: String,
    state: Mutex<Shown>,
    looked: Notify,
}

struct Shown {
    view: View,
    is_last: bool,
    /// Somebody has opened the link; nobody else can.
    is_taken: bool,
}

impl Page {
    pub(super) async fn serve() -> Outcome<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.cannot("open the pairing page")?;
        let address = listener.local_addr().cannot("open the pairing page")?;
        let (token, cookie) = (random()?, random()?);
        let state = Mutex::new(Shown { view: View::Waiting, is_last: false, is_taken: false });
        let shared = Arc::new(Shared { token, cookie, state, looked: Notify::new() });
        let router = Router::new().route("/{token}", get(show)).with_state(Arc::clone(&shared));
        let server = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { address, shared, server })
    }

    pub(super) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The link, at the page's own address or at one that leads to it.
    pub(super) fn link(&self, origin: &str) -> String {
        format!("{origin}/{}", self.shared.token)
    }

    pub(super) fn set(&self, view: View) {
        self.shared.lock().view = view;
    }

    /// Shows how it ended, and ends when a browser has seen it.
    pub(super) async fn end(self, view: View) {
        let looked = self.shared.looked.notified();
        {
            let mut shown = self.shared.lock();
            shown.view = view;
            shown.is_last = true;
            if !shown.is_taken {
                return;
            }
        }
        let _ = tokio::time::timeout(LAST_LOOK, looked).await;
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Shown> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// 128 bits that nobody can guess, as a part of a URL.
fn random() -> Outcome<String> {
    let mut bytes = [0; 16];
    rustix::rand::getrandom(&mut bytes, rustix::rand::GetRandomFlags::empty()).cannot("make a token")?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

async fn show(State(shared): State<Arc<Shared>>, Path(token): Path<String>, headers: HeaderMap) -> Response {
    if token != shared.token {
        return StatusCode::NOT_FOUND.into_response();
    }
    let mut shown = shared.lock();
    let own = format!("wa-pairing={}", shared.cookie);
    let sent = headers.get(COOKIE).and_then(|cookie| cookie.to_str().ok()).unwrap_or_default();
    if std::mem::replace(&mut shown.is_taken, true) && !sent.split("; ").any(|cookie| cookie == own) {
        let words = "This page was opened elsewhere. Begin the pairing again for a new link.\n";
        return (StatusCode::FORBIDDEN, words).into_response();
    }
    let page = draw(&shown.view, shown.is_last);
    if shown.is_last {
        shared.looked.notify_waiters();
    }
    let cookie = format!("{own}; HttpOnly; SameSite=Strict; Path=/");
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, POLICY),
        (CACHE_CONTROL, "no-store"),
        (REFERRER_POLICY, "no-referrer"),
        (SET_COOKIE, cookie.as_str()),
    ];
    (headers, page).into_response()
}

fn draw(view: &View, is_last: bool) -> String {
    let left = |until: &Instant| until.saturating_duration_since(Instant::now()).as_secs();
    let body = match view {
        View::Waiting => "<p>Waiting for WhatsApp …</p>".to_owned(),
        View::Qr(picture, until) => format!(
            "<p>{STEPS}, and scan this:</p><img alt=\"QR code\" src=\"data:image/png;base64,{}\"><p>Good for {} s; a new one follows.</p>",
            STANDARD.encode(picture),
            left(until)
        ),
        View::Code(code, until) => {
            format!(
                "<p>{STEPS}, Link with phone number instead, and type:</p><h1>{code}</h1><p>Good for {} s.</p>",
                left(until)
            )
        }
        View::Said(words) => format!("<p>{}</p>", words.replace('&', "&amp;").replace('<', "&lt;")),
    };
    let refresh =
        if is_last { String::new() } else { format!("<meta http-equiv=\"refresh\" content=\"{REFRESH}\">") };
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">{refresh}<meta name=\"viewport\" content=\"width=device-width\">\
         <title>Pair WhatsApp</title><style>body{{font:1.2rem sans-serif;text-align:center;margin:2rem;color-scheme:light dark}}\
         img{{max-width:90vw;background:#fff}}</style><main>{body}</main></html>\n"
    )
}
