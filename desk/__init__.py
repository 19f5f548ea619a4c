"""The rules of the trade: tickets, deadlines, revisit, notices, parcels, residents, knowledge, deliveries."""
