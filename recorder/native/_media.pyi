"""The compiled module: the classes of the twin."""

from recorder.ingest.item import Item as Item
from recorder.native import twin

class Lane(twin.Lane): ...
class Receiver(twin.Receiver): ...
