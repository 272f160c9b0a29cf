"""What the product costs: ratios against a bare gevent relay and nginx, all on this machine, in one run."""
