"""Second Unit: a generative production toolkit for film and TV.

Data flows one way: Turnover → Plate → Clearance → Take → Comp → signed Version → approved Version → Delivery.
`docs/architecture.md` walks through the rooms.
"""

__version__ = "0.1.0"
