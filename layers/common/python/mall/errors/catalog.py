"""What products, their stock, their lists and their sale are refused for."""

from mall.errors.refusal import Refusal


class SoldOut(Refusal):
    """Not enough units are left over all shards."""

    status, code, title = 409, "sold_out", "Not enough of this product is left."


class PriceChanged(Refusal):
    """The price sent is not the price in force. Fact: price."""

    status, code, title = 409, "price_changed", "The price has changed."


class NotOnSale(Refusal):
    """The product is not published, or its sale has not begun or is over."""

    status, code, title = 409, "not_on_sale", "This product is not on sale."


class TierRequired(Refusal):
    """The product is for members of certain tiers. Fact: tiers."""

    status, code, title = 409, "tier_required", "This product is not for your tier."


class LimitReached(Refusal):
    """More than a limit allows: of a product for a member, or of the draws or tickets of a lottery,
    for a member or for all. Fact: limit.
    """

    status, code, title = 409, "limit_reached", "The limit has been reached."


class StockFollowsCodes(Refusal):
    """Codes back this product's stock: import codes to add to it."""

    status, code = 409, "stock_follows_codes"
    title = "The stock of this product grows by importing codes."


class StockUnlimited(Refusal):
    """The units of this product are not counted: there is no stock to move."""

    status, code, title = 409, "stock_unlimited", "The stock of this product is not counted."


class InsufficientStock(Refusal):
    """A movement would take more than is left. Fact: stock_left."""

    status, code, title = 409, "insufficient_stock", "There is less stock than the movement takes."


class BadUpload(Refusal):
    """What was uploaded cannot be used. Fact: reason (`missing`, `size` or `type`)."""

    status, code, title = 409, "bad_upload", "What was uploaded cannot be used."


class TooManyImages(Refusal):
    """The product has as many images as it may have. Fact: limit."""

    status, code, title = 409, "too_many_images", "The product has as many images as it may have."


class CategoryExists(Refusal):
    """There is a category with this id, and it says something else: change that one."""

    status, code, title = 409, "category_exists", "There is a category with this id already."


class TooManyCategories(Refusal):
    """There are 500 categories."""

    status, code, title = 409, "too_many_categories", "There are as many categories as may be."
