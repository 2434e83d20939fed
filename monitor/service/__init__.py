"""The running process: connections, one tick, the scheduler, operator alerts, heartbeat."""
