"""Pages and interfaces for a browser, each in a package of its own."""
