//! Background work: nothing is lost, nothing runs under two leases, what fails is tried again and then said to be dead.

mod attempts;
mod enqueue;
mod fixture;
mod leases;
mod nodes;
mod schedules;
mod seen;
mod turns;
