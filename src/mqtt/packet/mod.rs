//! One file per layout: what each control packet's variable header and payload turn into.

mod ack;
mod auth;
mod connack;
mod connect;
mod disconnect;
mod publish;
mod suback;
mod subscribe;
mod unsuback;
mod unsubscribe;

pub use ack::Ack;
pub use auth::Auth;
pub use connack::Connack;
pub use connect::{Connect, ConnectFlags, Will};
pub use disconnect::Disconnect;
pub use publish::{Publish, publish_head_len};
pub use suback::Suback;
pub use subscribe::{Filters, FiltersIter, Subscribe, SubscribeFilter, SubscriptionOptions};
pub use unsuback::Unsuback;
pub use unsubscribe::{TopicFilters, TopicFiltersIter, Unsubscribe};
