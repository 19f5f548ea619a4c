"""Old import path of a few documents; import them from the file of their subject."""

from store.parcels import Parcel as Parcel
from store.settings import StoredSettings as StoredSettings
