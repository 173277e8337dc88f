"""The web door of the staff: pages that are made on the server, work without JavaScript, and are live with it."""
