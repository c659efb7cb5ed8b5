-- description: Which token belongs to which decentralised GPU network: the one link between the
-- figures of a network and the price of its token. Networks without a token of their own are not
-- here. One row per network.
-- grain: network_id
-- column coin_id: Token of the network, by CoinGecko's id.
-- column coin_source: Where the id is known from.

with network as (
    select *
    from (
        values
            ('akash', 'akash-network', 'CoinGecko, list of coins recorded on 2023-01-08'),
            -- It outlived the symbol RNDR.
            ('render', 'render-token', 'CoinGecko, list of coins recorded on 2023-01-08'),
            ('nosana', 'nosana', 'CoinGecko, list of coins recorded on 2023-01-08'),
            ('io.net', 'io', 'public code alone; not seen in an answer of CoinGecko'),
            ('aethir', 'aethir', 'public code alone; not seen in an answer of CoinGecko')
    ) as known (network_id, coin_id, coin_source)
)

select * from network
