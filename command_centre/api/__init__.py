"""HTTP and WebSocket: routes, codes and headers around ``command_centre.desk``. No domain rules."""
