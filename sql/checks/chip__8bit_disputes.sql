-- description: Of the bundled fleets, chips whose 8-bit count by the publisher differs from our
-- specification by over 5 % are those whose reason is known; a chip that is new in a live table has
-- the flag alone. One row per chip that is not.

with chip as (
    select chip, h100e_8bit_dense, h100e_8bit_epoch, is_8bit_disputed from marts.chip
),

bundled as (
    select distinct name as chip from marts.gpu_name where source = 'bundled'
),

known as (
    select *
    from (
        values
            ('B200', 'counted at 5,000, the rate of a GB200; the board has 4,500'),
            ('B300', 'counted at 5,000, the rate of a GB300; the board has 4,500'),
            ('Trainium1', 'counted at INT8 420, of the first documentation; it says 380 now'),
            ('MI308X', 'counted at half of a rate that is not the vendor''s; ours is a bound'),
            ('Instinct MI308X', 'counted at half of a rate that is not the vendor''s; ours is a bound')
    ) as listed (chip, reason)
)

select chip.*
from chip
inner join bundled using (chip)
left join known using (chip)
where chip.is_8bit_disputed and known.chip is null
