"""The full screens: inbox, ticket, board and metrics, each live on the store."""
